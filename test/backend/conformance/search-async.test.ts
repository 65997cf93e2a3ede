/** A corpus that searches elsewhere answers as `search` does, with the JavaScript thread left free. */
import { describe, expect, it } from 'vitest';
import type { Corpus } from '../../../src/backend/contract/backend.js';
import { openLevels } from '../../fixtures/levels.js';
import { describeUnless } from '../../fixtures/machine.js';
import { searchAsync, searchesElsewhere } from '../../fixtures/processes/search-async.js';
import { Random } from './random.js';
import { awkwardStored, DTYPES, drawQueries, kindsOf } from './stored.js';
import { awkwardRows, draw } from './vectors.js';

const DIM = 64;
const ROWS = 3000;
const OPTIONS = { k: 20, minScore: Number.NEGATIVE_INFINITY };

const levels = openLevels.filter(({ backend }) => searchesElsewhere(backend.openCorpus(1, 'dot')));

if (levels.length === 0) describeUnless('no backend that opens here has them', 'searches elsewhere', () => {});

for (const { label, backend } of levels) {
  const random = new Random('asynchronous');
  const data = Float32Array.from(awkwardRows(random, 'float32', 'uniform', ROWS, DIM));
  const queries = Float32Array.from(draw(random, 'float32', 'uniform', 40 * DIM));

  const open = (): Corpus => {
    const corpus = backend.openCorpus(DIM, 'cosine');
    corpus.append(data);
    return corpus;
  };

  describe(`${label} elsewhere`, () => {
    it('gives what search gives, also for many calls at once', async () => {
      const corpus = open();
      const admit = Uint8Array.from({ length: ROWS }, () => random.below(2));
      const calls = [OPTIONS, { k: 1, minScore: 0.1 }, { ...OPTIONS, admit }, { ...OPTIONS, k: ROWS + 1 }];
      const expected = calls.map((options) => corpus.search(queries, options));
      expect(await Promise.all(calls.map((options) => searchAsync(corpus, queries, options)))).toEqual(expected);
      corpus.free();
    });

    it('sees the rows, the queries and the mask as they were when it was called', async () => {
      const corpus = open();
      const mine = queries.slice();
      const admit = new Uint8Array(ROWS).fill(1);
      const expected = corpus.search(queries, OPTIONS);
      const answer = searchAsync(corpus, mine, { ...OPTIONS, admit });
      corpus.append(queries);
      for (const position of expected.positions) corpus.overwrite(position, new Float32Array(DIM));
      corpus.compact(Uint8Array.from({ length: corpus.size }, (_, slot) => slot % 2));
      mine.fill(0);
      admit.fill(0);
      expect(await answer).toEqual(expected);
      corpus.free();
    });

    it('sees rows as they were that are replaced before it begins to read', async () => {
      const corpus = open();
      const expected = corpus.search(queries, OPTIONS);
      const answer = searchAsync(corpus, queries, OPTIONS);
      for (const position of expected.positions) corpus.overwrite(position, new Float32Array(DIM));
      expect(await answer).toEqual(expected);
      corpus.free();
    });

    it.each(DTYPES)('gives what search gives for rows of %s', async (dtype) => {
      const [kind] = kindsOf(dtype);
      const corpus = backend.openCorpus(DIM, 'euclidean', { dtype }) as Corpus;
      corpus.append(awkwardStored(random, dtype, kind, 300, DIM));
      const mine = drawQueries(random, dtype, kind, 15 * DIM);
      const expected = corpus.search(mine, OPTIONS);
      const answer = searchAsync(corpus, mine, OPTIONS);
      mine.fill(0);
      expect(await answer).toEqual(expected);
      corpus.free();
    });

    it('ends cleanly if the corpus is freed meanwhile', async () => {
      const corpus = open();
      const expected = corpus.search(queries, OPTIONS);
      const answer = searchAsync(corpus, queries, OPTIONS);
      corpus.free();
      const outcome = await answer.catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome.message).not.toBe('');
      else expect(outcome).toEqual(expected);
    });

    it('rejects with the reason of its signal', async () => {
      const corpus = open();
      const reason = new Error('changed my mind');
      await expect(searchAsync(corpus, queries, OPTIONS, AbortSignal.abort(reason))).rejects.toBe(reason);
      const controller = new AbortController();
      const answer = searchAsync(corpus, queries, OPTIONS, controller.signal);
      controller.abort(reason);
      await expect(answer).rejects.toBe(reason);
      expect(await searchAsync(corpus, queries, OPTIONS)).toEqual(corpus.search(queries, OPTIONS));
      corpus.free();
    });
  });
}
