/** A search before and after the rows are encoded: the second answer must be the first one. */
import type {
  Corpus,
  Encoding,
  EncodingPart,
  Floats,
  TopRequest,
  TopRows,
} from '../../../src/backend/contract/backend.js';
import { runAtOnce } from '../../../src/turns/steps.js';
import { difference, extendTop } from './case.js';
import { Random } from './random.js';

/** More calls of `encode` than any corpus here may need before it says that it is done. */
const MOST_CALLS = 1000;

/** So many blocks of a graph are compared, and the last: the first ones have most to remember, the last remembers most. */
const BLOCKS_CHECKED = 2;

/** Encodes all that is worth it. Throws if that never ends. */
export function encodeAll(corpus: Corpus): void {
  for (let calls = 0; (corpus.encoder?.encode(Number.MAX_SAFE_INTEGER) ?? 0) > 0; calls++) {
    if (calls > MOST_CALLS) throw new Error('encode never says that it is done');
  }
}

/** All that is encoded now, from the first row on; undefined if nothing is. */
export function encodingOf(corpus: Corpus): Encoding | undefined {
  const frozen = corpus.encoder?.freeze();
  if (!frozen) return undefined;
  const { mode, mean, rows } = frozen;
  const all = <Part extends EncodingPart>(part: Part) => frozen.read(part, 0, rows / 32);
  const encoding = {
    mode,
    mean,
    rows,
    strips: all('strips'),
    offsets: all('offsets'),
    high: all('high'),
    low: all('low'),
  };
  frozen.free();
  return encoding;
}

/** Takes an encoding over now. */
export function adopt(corpus: Corpus, encoding: Encoding): void {
  if (corpus.encoder) runAtOnce(corpus.encoder.adopting(encoding));
}

/** How many other ways repeat each search. They are drawn, so that every way meets every situation in some case. */
const WAYS_DRAWN = 2;
let draw = new Random('ways');

/** Makes what is drawn depend on the case alone, and not on those that ran before it. */
export function drawWaysFor(name: string): void {
  draw = new Random(name);
}

/** The answer of `search` with the rows as they are, encoded or not; once more with all of them encoded, and by other ways. */
export function searchAlsoEncoded(corpus: Corpus, queries: Floats, options: TopRequest): TopRows {
  const found = corpus.search(queries, options);
  if (!corpus.encoder && corpus.ways.length === 0) return found;
  encodeAll(corpus);
  const { ways } = corpus;
  const first = draw.below(ways.length || 1);
  for (const way of [undefined, ...[...ways.slice(first), ...ways.slice(0, first)].slice(0, WAYS_DRAWN)]) {
    corpus.way = way;
    encodeAll(corpus);
    const changed = differenceOfTop(corpus.search(queries, options), found);
    if (changed === undefined) continue;
    throw new Error(`${way ?? 'encoding'} changed an answer of ${corpus.size} x ${corpus.dim}: ${changed}`);
  }
  corpus.way = undefined;
  return found;
}

/**
 * Where there is a graph, of the codes or of all scores, it must find for every row that takes part (all, or those of `options.admit`) what `search`
 * finds for `rows`, which are those of the corpus. Returns whether there is one.
 */
export function checkGraph(corpus: Corpus, rows: Floats, options: TopRequest): boolean {
  corpus.way = corpus.ways.find((way) => way === 'codes' || way === 'batch');
  encodeAll(corpus);
  const graph = corpus.openGraph(options);
  if (graph === 'undecided') throw new Error('a way that was asked for is never undecided');
  corpus.way = corpus.ways.find((way) => way === 'scan');
  if (!graph) return false;
  let left = options.admit?.reduce((count, byte) => count + Math.sign(byte), 0) ?? corpus.size;
  for (let block = 0; block < graph.blocks; block++) {
    const slots = graph.rows(block);
    const queries = rows.slice(0, slots.length * corpus.dim);
    slots.forEach((slot, q) => {
      queries.set(rows.subarray(slot * corpus.dim, (slot + 1) * corpus.dim), q * corpus.dim);
    });
    left -= slots.length;
    const found = graph.search(block);
    if (block >= BLOCKS_CHECKED && block < graph.blocks - 1) continue;
    const changed = differenceOfTop(found, corpus.search(queries, options));
    if (changed !== undefined) throw new Error(`a graph of ${corpus.size} x ${corpus.dim} is no search: ${changed}`);
  }
  graph.free();
  corpus.way = undefined;
  if (left !== 0) throw new Error(`a graph of ${corpus.size} x ${corpus.dim} left out ${left} rows`);
  return true;
}

/** Compares where the arrays are: most answers are equal, and to copy them costs as much as to find them. */
function differenceOfTop(found: TopRows, expected: TopRows): string | undefined {
  const parts = ['counts', 'positions', 'scores'] as const;
  const changed = parts.some((part) => {
    const [a, b] = [found[part], expected[part]];
    return a.length !== b.length || a.some((value, i) => !Object.is(value, b[i]));
  });
  return changed || found.stride !== expected.stride ? difference(numbersOf(found), numbersOf(expected)) : undefined;
}

function numbersOf(found: TopRows): number[] {
  const numbers: number[] = [];
  extendTop(numbers, found);
  return numbers;
}
