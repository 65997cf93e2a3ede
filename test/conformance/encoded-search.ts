/** A search before and after the rows are encoded: the second answer must be the first one. */
import type { Corpus, Floats, SearchOptions, TopRows } from '../../src/backend/contract.js';
import { difference, extendTop } from './case.js';

/** More calls of `encode` than any corpus here may need before it says that it is done. */
const MOST_CALLS = 1000;

/** Encodes all that is worth it. Throws if that never ends. */
export function encodeAll(corpus: Corpus): void {
  for (let calls = 0; (corpus.encode?.(Number.MAX_SAFE_INTEGER) ?? 0) > 0; calls++) {
    if (calls > MOST_CALLS) throw new Error('encode never says that it is done');
  }
}

/** The answer of `search` with the rows as they are, encoded or not; once more with all of them encoded, and by every way there is. */
export function searchAlsoEncoded(corpus: Corpus, queries: Floats, options: SearchOptions): TopRows {
  const found = corpus.search(queries, options);
  encodeAll(corpus);
  for (const way of [undefined, ...(corpus.ways ?? [])]) {
    corpus.way = way;
    encodeAll(corpus);
    const again = corpus.search(queries, options);
    const changed = difference(numbersOf(again), numbersOf(found));
    if (changed === undefined) continue;
    throw new Error(`${way ?? 'encoding'} changed an answer of ${corpus.size} x ${corpus.dim}: ${changed}`);
  }
  corpus.way = undefined;
  return found;
}

function numbersOf(found: TopRows): number[] {
  const numbers: number[] = [];
  extendTop(numbers, found);
  return numbers;
}
