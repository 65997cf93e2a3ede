/** Reads interactions out of Parquet with the package hyparquet, which is loaded when the first file is read. */
import { reading } from '../../../../arguments/objects.js';
import { refusal } from '../../../../arguments/refuse.js';
import { KindredError } from '../../../../errors.js';
import { loadPackage } from '../../../../optional-package.js';
import { quote } from '../../ids.js';
import type { FieldNames, FieldReader, TakeFields } from '../jsonl.js';
import { textOf } from '../text-blocks.js';
import { checkPages } from './check-pages.js';

/**
 * A file of which parts can be read: `slice` gives the bytes from `start` to `end` (exclusive; to the last if absent).
 */
export interface AsyncBytes {
  readonly byteLength: number;
  slice(start: number, end?: number): ArrayBuffer | Promise<ArrayBuffer>;
}

/** All bytes of a file, a Blob or File, or something that reads parts of it. */
export type ParquetSource = Uint8Array | ArrayBuffer | Blob | AsyncBytes;

type AnyFunction = (...args: never[]) => unknown;

/** The module `hyparquet`, whose own types not everybody has installed. */
export interface HyparquetModule {
  readonly parquetMetadataAsync: AnyFunction;
  readonly parquetSchema: AnyFunction;
  readonly parquetReadObjects: AnyFunction;
  readonly snappyUncompress: AnyFunction;
}

type Hyparquet = typeof import('hyparquet');
type RowGroup = Awaited<ReturnType<Hyparquet['parquetMetadataAsync']>>['row_groups'][number];

/** No writer makes more rows out of a byte than this. */
const ROWS_PER_BYTE_MAX = 1024;
/** Packings other than Snappy, and how to do without them. */
const REPACK = "write it with compression 'snappy' or 'none'";

/** The names of the columns. @throws KindredError CORRUPT_FILE; INVALID_ARGUMENT if hyparquet is not installed. */
export async function parquetColumns(source: ParquetSource): Promise<string[]> {
  return (await open(asyncBytesOf(source), undefined)).columns.map(({ name }) => name);
}

/** One group of rows is in memory at a time. @throws KindredError for bad rows unless the log skips them. */
export async function readParquet(
  source: ParquetSource,
  names: FieldNames,
  fields: FieldReader,
  take: TakeFields,
  given?: HyparquetModule | undefined,
): Promise<void> {
  const file = asyncBytesOf(source);
  const { hyparquet, metadata, columns } = await open(file, given);
  const wanted = [names.user, names.item, names.value, names.time].filter((name) => name !== undefined);
  const optional = new Map<string, boolean>();
  for (const name of wanted) {
    const column = columns.find((each) => each.name === name);
    optional.set(name, column?.isOptional === true);
    if (column === undefined) {
      const found = `The columns are: ${columns.map((each) => quote(each.name)).join(', ')}.`;
      throw new KindredError('INVALID_ARGUMENT', `There is no column ${quote(name)}. ${found}`);
    }
    if (column.isFlat) continue;
    throw new KindredError(
      'INVALID_ARGUMENT',
      `The column ${quote(name)} holds lists or groups; expected single values.`,
    );
  }
  let start = 0;
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows);
    const rows = await inParquet(async () => {
      for (const [name, isOptional] of optional) await checkColumn(file, hyparquet, group, name, isOptional);
      const range = { columns: [...wanted], rowStart: start, rowEnd: end };
      return hyparquet.parquetReadObjects({ file, metadata, ...range, parsers: { stringFromBytes } });
    });
    if (rows.length !== end - start) {
      const message = `Rows ${start} to ${end - 1} of the Parquet file: ${rows.length} could be read.`;
      throw new KindredError('CORRUPT_FILE', message);
    }
    for (const [n, row] of rows.entries()) fields.take(row, start + n, () => `Row ${start + n} (from 0)`, take);
    start = end;
  }
}

/** Bytes that are not UTF-8 are marked, so that they cannot become one text. */
function stringFromBytes(bytes: Uint8Array | undefined): string | undefined {
  return bytes && textOf(bytes);
}

async function open(file: AsyncBytes, given: HyparquetModule | undefined) {
  const hyparquet = await hyparquetOf(given);
  return inParquet(async () => {
    const metadata = await hyparquet.parquetMetadataAsync(file);
    const columns = hyparquet.parquetSchema(metadata).children.map(({ element, children }) => ({
      name: element.name,
      isFlat: children.length === 0 && element.repetition_type !== 'REPEATED',
      isOptional: element.repetition_type === 'OPTIONAL',
    }));
    if (columns.some(({ name }) => typeof name !== 'string')) throw new Error('a column has no name');
    return { hyparquet, metadata, columns };
  });
}

/** Whatever the metadata or a page say that cannot be, before anything is made of it. */
async function checkColumn(
  file: AsyncBytes,
  { snappyUncompress }: Hyparquet,
  { columns, num_rows }: RowGroup,
  name: string,
  isOptional: boolean,
): Promise<void> {
  const of = `column ${quote(name)}`;
  const chunks = columns.filter(({ meta_data }) => meta_data?.path_in_schema[0] === name);
  const column = chunks[0]?.meta_data;
  if (chunks.length !== 1 || column === undefined) {
    throw new Error(`${of} is there ${chunks.length} times in a group of rows`);
  }
  const [rows, values, bytes] = [num_rows, column.num_values, column.total_compressed_size].map(Number);
  const start = Number(column.dictionary_page_offset || column.data_page_offset);
  const isInside = start >= 4 && bytes >= 0 && start + bytes <= file.byteLength - 8;
  if (!isInside || !(rows >= 0 && rows <= ROWS_PER_BYTE_MAX * bytes) || values !== rows) {
    throw new Error(`${of} has ${values} values in ${bytes} bytes from byte ${start} on, for ${rows} rows`);
  }
  const { codec } = column;
  if (codec !== 'UNCOMPRESSED' && codec !== 'SNAPPY') throw new Error(`${of} is packed with ${codec}: ${REPACK}`);
  const unpack = (packed: Uint8Array, length: number) => {
    if (codec === 'UNCOMPRESSED') return packed;
    const unpacked = new Uint8Array(length);
    snappyUncompress(packed, unpacked);
    return unpacked;
  };
  try {
    const chunk = new Uint8Array(await file.slice(start, start + bytes));
    checkPages(chunk, { rows, type: String(column.type), isOptional, unpack });
  } catch (cause) {
    throw new Error(`${of}: ${(cause as Error).message}`, { cause });
  }
}

/** @throws KindredError INVALID_ARGUMENT if it is not installed, or what was given is another module. */
async function hyparquetOf(given: HyparquetModule | undefined): Promise<Hyparquet> {
  if (given === undefined) return loadPackage('hyparquet', 'Reading Parquet', ', or pass the module as { hyparquet }');
  if (typeof given?.parquetMetadataAsync === 'function') return given as unknown as Hyparquet;
  throw refusal('hyparquet', given, 'the module hyparquet');
}

async function inParquet<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof KindredError) throw cause;
    // What the engine says of damage is about the reader, not about the file.
    const isDamage = cause instanceof TypeError || cause instanceof RangeError;
    const message = isDamage ? 'it is damaged' : cause instanceof Error ? cause.message : String(cause);
    throw new KindredError('CORRUPT_FILE', `The Parquet file cannot be read: ${message}.`, { cause });
  }
}

function asyncBytesOf(source: ParquetSource): AsyncBytes {
  return reading('the source', () => bytesOf(source));
}

function bytesOf(source: ParquetSource): AsyncBytes {
  if (source instanceof ArrayBuffer) return source;
  if (source instanceof Uint8Array) {
    return {
      byteLength: source.byteLength,
      // A Buffer's own slice would give all of the memory that it shares with others.
      slice: (start, end) => Uint8Array.prototype.slice.call(source, start, end).buffer as ArrayBuffer,
    };
  }
  if (typeof Blob !== 'undefined' && source instanceof Blob) {
    return { byteLength: source.size, slice: (start, end) => source.slice(start, end).arrayBuffer() };
  }
  const parts = source as AsyncBytes;
  if (Number.isSafeInteger(parts?.byteLength) && typeof parts.slice === 'function') {
    return parts;
  }
  throw refusal('the source', source, 'bytes, a Blob or an object with byteLength and slice(start, end)');
}
