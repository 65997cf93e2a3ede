/** Reads an index file: believes nothing that was not compared with the length of the file. */
import { show } from '../../arguments/show.js';
import type { Backend, Corpus, Elements, Encoding } from '../../backend/contract/backend.js';
import { allocate } from '../../backend/reference/elements.js';
import { LARGEST_SQUARES, SMALLEST_SQUARES } from '../../backend/reference/score.js';
import { KindredError } from '../../errors.js';
import { bytesOf, toHostOrder } from '../../files/byte-order.js';
import { type Fail, failingFor, HEADER_BYTES } from '../../files/head.js';
import { decodingIds } from '../../files/ids.js';
import { ELEMENT_BYTES } from '../dtype.js';
import { MODEL_BYTES_MAX } from '../rows/model-tag.js';
import { Roster } from '../rows/roster.js';
import { rowsPerBlock } from '../rows/snapshot.js';
import { readEncoding } from './encoding.js';
import { readHead, readHeadBytes, type Section, type SectionName, type Shape } from './layout.js';
import { type Reading, SectionReader } from './section.js';
import { squaresOf } from './squares.js';

/** Ids and sums of squares that are taken in a millisecond or two. */
const IDS = 4096;
const LENGTHS = 2 ** 15;

export interface ReadIndexOptions {
  readonly backend: Backend;
  readonly threads?: number | undefined;
  /** The model tag that the file must have. */
  readonly model?: string | undefined;
  /** Believe the rows only: sums of squares are compared with them, and an encoding is not taken over. */
  readonly verify?: boolean | undefined;
  /** Whether an encoding has any use. */
  readonly encodes: boolean;
  /** Where the file is, if its rows are to stay there. */
  readonly mapped?: string | undefined;
  /** What errors call the file. */
  readonly name: string;
}

export interface LoadedIndex<Id extends string | number> {
  readonly shape: Shape;
  readonly model: string | undefined;
  readonly roster: Roster<Id>;
  /** Filled, and to be freed by whoever gets it. */
  readonly corpus: Corpus;
}

/**
 * Reads a file of `fileBytes` bytes, asking for them bit by bit. Whatever way it ends but by returning, nothing is left open.
 * @throws KindredError CORRUPT_FILE, MODEL_MISMATCH
 */
export function* readIndexFile<Id extends string | number>(
  fileBytes: number,
  options: ReadIndexOptions,
): Reading<LoadedIndex<Id>> {
  const fail = failingFor(options.name);
  const { shape, sections } = yield* readHeadOf(fileBytes, fail);
  const readerOf = (name: SectionName) => {
    const section = sections.find((each) => each.name === name);
    return section && new SectionReader(section, fail);
  };
  const idsReader = readerOf('IDS_') ?? fail('no section "IDS_"');
  const rowsReader = readerOf('ROWS') ?? fail('no section "ROWS"');
  const lengthsReader = readerOf('SQRS') ?? readerOf('NORM');
  checkLengths(shape, rowsReader.section, lengthsReader?.section, fail);

  const model = yield* readModel(readerOf('MODL'), fail);
  checkTag(model, options);
  const roster = yield* readRoster<Id>(idsReader, shape.rows, fail);

  const { corpus, squares } = yield* readCorpus(rowsReader, lengthsReader?.section, shape, fileBytes, options, fail);
  let isWhole = false;
  try {
    if (lengthsReader) yield* readLengths(lengthsReader, options.verify ? squares : undefined, fail);
    const encodingReader = readerOf('ENCO');
    const encoding = encodingReader && (yield* readEncodingOf(encodingReader, shape, fail));
    if (encoding && encoding.rows > 0 && options.encodes && !options.verify && corpus.encoder) {
      yield* corpus.encoder.adopting(encoding);
    }
    isWhole = true;
    return { shape, model, roster, corpus };
  } finally {
    if (!isWhole) corpus.free();
  }
}

function* readHeadOf(fileBytes: number, fail: Fail): Reading<{ shape: Shape; sections: Section[] }> {
  const header = new Uint8Array(Math.min(HEADER_BYTES, fileBytes));
  if (header.length > 0) yield { at: 0, into: header };
  const head = new Uint8Array(readHeadBytes(header, fileBytes, fail));
  yield { at: 0, into: head };
  return readHead(head, fileBytes, fail);
}

/** Exact lengths, compared before anything is set aside for them. */
function checkLengths(
  { dim, metric, dtype, rows }: Shape,
  rowsSection: Section,
  lengths: Section | undefined,
  fail: Fail,
): void {
  const expected = rows * dim * ELEMENT_BYTES[dtype];
  if (rowsSection.length !== expected) {
    fail(
      `${rowsSection.length} bytes of rows at byte ${rowsSection.at}; ${rows} rows of ${dim} ${dtype} need ${expected}`,
    );
  }
  if (metric !== 'cosine') {
    if (lengths) fail(`${wordsFor(lengths)} at byte ${lengths.at} in an index by ${metric}; only cosine has them`);
  } else if (lengths === undefined) {
    fail('no section "SQRS"');
  } else if (lengths.length !== rows * 8) {
    fail(`${lengths.length} bytes of ${wordsFor(lengths)} at byte ${lengths.at}; ${rows} rows need ${rows * 8}`);
  }
}

function* readModel(reader: SectionReader | undefined, fail: Fail): Reading<string | undefined> {
  if (reader === undefined) return undefined;
  const { at, length } = reader.section;
  if (length === 0 || length > MODEL_BYTES_MAX)
    fail(`a model tag of ${length} bytes at byte ${at}; 1 to ${MODEL_BYTES_MAX} are possible`);
  const bytes = yield* reader.readAll();
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return fail(`a model tag that is no UTF-8 at byte ${at}`);
  }
}

function checkTag(model: string | undefined, { model: expected, name }: ReadIndexOptions): void {
  if (expected === undefined || model === expected) return;
  const found = model === undefined ? 'has no model tag' : `was saved with vectors of model ${show(model)}`;
  throw new KindredError('MODEL_MISMATCH', `${name} ${found}, expected ${show(expected)}`);
}

function* readRoster<Id extends string | number>(reader: SectionReader, rows: number, fail: Fail): Reading<Roster<Id>> {
  const { at } = reader.section;
  const { ids, next } = yield* decodingIds<Id>(yield* reader.readAll(), rows, at, fail);
  const roster = new Roster<Id>();
  if (ids === undefined) {
    roster.addNumbers(0, rows);
  } else {
    for (const [row, id] of ids.entries()) {
      if (roster.slot(id) !== undefined) {
        fail(`ids at byte ${at} that no index can have: id ${show(id)} is given twice`);
      }
      roster.add([id]);
      if (row % IDS === IDS - 1) yield undefined;
    }
  }
  if (next < roster.nextNumber)
    fail(`the next number ${next} at byte ${at + 8}, but there are ids up to ${roster.nextNumber - 1}`);
  roster.numberFrom(next);
  return roster;
}

/**
 * The rows: taken in, or left in the file where the backend can leave them there. With them come their sums of squares, if
 * they had to be computed.
 */
function* readCorpus(
  reader: SectionReader,
  lengths: Section | undefined,
  shape: Shape,
  fileBytes: number,
  options: ReadIndexOptions,
  fail: Fail,
): Reading<{ readonly corpus: Corpus; readonly squares: Float64Array | undefined }> {
  const { dim, metric, dtype, rows } = shape;
  const { backend, threads, mapped } = options;
  if (mapped === undefined || !backend.openMapped || rows === 0) {
    const corpus = backend.openCorpus(dim, metric, { dtype, threads });
    let isWhole = false;
    try {
      const squares = yield* readRows(reader, shape, corpus, options, fail);
      isWhole = true;
      return { corpus, squares };
    } finally {
      if (!isWhole) corpus.free();
    }
  }
  // Squares of norms are not the sums that norms are roots of: those of a file that has norms come from its rows.
  const isThere = metric !== 'cosine' || lengths?.name === 'SQRS';
  let squares: Float64Array | undefined;
  if (isThere && !options.verify) yield* reader.readPadding();
  else squares = yield* readRows(reader, shape, undefined, options, fail);
  const place = { rowsAt: reader.section.at, squares: isThere ? lengths?.at : squares, fileBytes };
  return { corpus: backend.openMapped(mapped, { dim, metric, dtype, rows, ...place, threads }), squares };
}

/** Fills the corpus, if it is given. Returns sums of squares computed from the rows, if they are needed. */
function* readRows(
  reader: SectionReader,
  shape: Shape,
  corpus: Corpus | undefined,
  { backend, verify }: ReadIndexOptions,
  fail: Fail,
): Reading<Float64Array | undefined> {
  const { dim, dtype, metric, rows } = shape;
  const squares = metric === 'cosine' && (verify || corpus === undefined) ? new Float64Array(rows) : undefined;
  const step = rowsPerBlock(shape);
  const block = allocate(dtype, Math.min(step, rows) * dim);
  for (let first = 0; first < rows; first += step) {
    const count = Math.min(step, rows - first);
    const elements = block.subarray(0, count * dim);
    const begin = reader.at;
    yield* reader.read(bytesOf(elements));
    toHostOrder(elements);
    const bad = corpus ? corpus.append(elements) : firstRefused(backend, shape, elements);
    if (bad >= 0) {
      fail(
        `a value that is not finite or out of range in row ${first + bad}, at byte ${begin + bad * dim * ELEMENT_BYTES[dtype]}`,
      );
    }
    squares?.set(squaresOf(backend, shape, elements), first);
  }
  yield* reader.finish();
  return squares;
}

/** What `append` would say of rows that stay in the file. */
function firstRefused(backend: Backend, { dim, metric, dtype }: Shape, elements: Elements): number {
  const corpus = backend.openCorpus(dim, metric, { dtype });
  try {
    return corpus.append(elements);
  } finally {
    corpus.free();
  }
}

/**
 * Sums of squares, or norms as they were kept before, are read also where the backend has computed its own: damage is told
 * wherever it is.
 */
function* readLengths(reader: SectionReader, expectedSquares: Float64Array | undefined, fail: Fail): Reading<void> {
  const { at, length } = reader.section;
  const isNorm = reader.section.name === 'NORM';
  const [smallest, largest] = [SMALLEST_SQUARES, LARGEST_SQUARES].map(isNorm ? Math.sqrt : Number);
  const isPossible = (value: number) => value === 0 || (value >= smallest && value <= largest);
  for (let first = 0; first < length / 8; first += LENGTHS) {
    const found = new Float64Array(Math.min(LENGTHS, length / 8 - first));
    yield* reader.read(bytesOf(found));
    toHostOrder(found);
    const squares = expectedSquares?.subarray(first, first + found.length);
    const expected = isNorm ? squares?.map(Math.sqrt) : squares;
    const bad = found.findIndex((value, row) => !isPossible(value) || (expected?.[row] ?? value) !== value);
    if (bad < 0) continue;
    const range = isNorm ? '0 or a number from 2^-450 to 2^450' : '0 or a number from 2^-900 to 2^900';
    const wanted = expected ? `${expected[bad]}, as its row has it` : range;
    const row = first + bad;
    const what = isNorm ? 'norm' : 'sum of squares';
    fail(`${what} ${found[bad]} of row ${row} at byte ${at + 8 * row}, expected ${wanted}`);
  }
  yield* reader.finish();
}

function wordsFor({ name }: Section): string {
  return name === 'NORM' ? 'norms' : 'sums of squares';
}

function* readEncodingOf(reader: SectionReader, { dim, rows }: Shape, fail: Fail): Reading<Encoding | undefined> {
  const encoding = yield* readEncoding(reader, dim, rows, fail);
  yield* reader.finish();
  return encoding;
}
