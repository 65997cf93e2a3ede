/** Reads interactions out of Parquet with the package hyparquet, which is loaded when the first file is read. */
import { refusal } from '../../arguments/refuse.js';
import { KindredError } from '../../errors.js';
import { quote } from './ids.js';
import type { FieldNames, FieldReader, TakeFields } from './jsonl.js';

/**
 * A file of which parts can be read: `slice` gives the bytes from `start` to `end` (exclusive; to the last if absent).
 */
export interface AsyncBytes {
  readonly byteLength: number;
  slice(start: number, end?: number): ArrayBuffer | Promise<ArrayBuffer>;
}

/** All bytes of a file, a Blob or File, or something that reads parts of it. */
export type ParquetSource = Uint8Array | ArrayBuffer | Blob | AsyncBytes;

/** One group of rows is in memory at a time. @throws KindredError for bad rows unless the log skips them. */
export async function readParquet(
  source: ParquetSource,
  names: FieldNames,
  fields: FieldReader,
  take: TakeFields,
): Promise<void> {
  const file = asyncBytesOf(source);
  const { parquetMetadataAsync, parquetReadObjects, parquetSchema } = await loadHyparquet();
  const metadata = await inParquet(() => parquetMetadataAsync(file));
  const present = parquetSchema(metadata).children.map((child) => child.element.name);
  const columns = [names.user, names.item, names.value, names.time].filter((name) => name !== undefined);
  for (const column of columns) {
    if (present.includes(column)) continue;
    const found = `The columns are: ${present.map(quote).join(', ')}.`;
    throw new KindredError('INVALID_ARGUMENT', `There is no column ${quote(column)}. ${found}`);
  }
  let start = 0;
  for (const { num_rows } of metadata.row_groups) {
    const end = start + Number(num_rows);
    const rows = await inParquet(() =>
      parquetReadObjects({ file, metadata, columns: [...new Set(columns)], rowStart: start, rowEnd: end }),
    );
    if (rows.length !== end - start) {
      const message = `Rows ${start} to ${end - 1} of the Parquet file: ${rows.length} could be read.`;
      throw new KindredError('CORRUPT_FILE', message);
    }
    for (const [n, row] of rows.entries()) fields.take(row, start + n, () => `Row ${start + n} (from 0)`, take);
    start = end;
  }
}

async function loadHyparquet() {
  try {
    return await import('hyparquet');
  } catch (cause) {
    const message = 'Reading Parquet needs the package hyparquet, which is not installed: npm install hyparquet';
    throw new KindredError('INVALID_ARGUMENT', message, { cause });
  }
}

async function inParquet<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof KindredError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new KindredError('CORRUPT_FILE', `The Parquet file cannot be read: ${message}.`, { cause });
  }
}

function asyncBytesOf(source: ParquetSource): AsyncBytes {
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
