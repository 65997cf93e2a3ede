/** Searches under way while rows are added, replaced, moved, encoded and freed: each answers for the moment it was asked. */
import { describe, expect, it } from 'vitest';
import { openBackend, VectorIndex } from '../../src/index.js';
import { openLevels } from '../fixtures/levels.js';
import { backends } from '../fixtures/plain-rows.js';
import { searchAsync, searchesElsewhere } from '../fixtures/processes/search-async.js';
import { ENCODED_ROWS } from './conformance/encoded-rows.js';
import { encodeAll } from './conformance/encoded-search.js';
import { Random } from './conformance/random.js';

const DIM = 64;
const ROWS = 6000;
const EVERY = Number.NEGATIVE_INFINITY;
const OPTIONS = { k: 12, minScore: EVERY };

const random = new Random('under way');
const data = ENCODED_ROWS.clustered(random, ROWS, DIM);
const more = ENCODED_ROWS.uniform(random, 900, DIM);
const queries = Float32Array.from({ length: 20 * DIM }, (_, i) => data[i * 31] + random.signed() / 8);

const elsewhere = openLevels.filter(({ backend }) => searchesElsewhere(backend.openCorpus(1, 'dot')));
/** What lies under a search is the same on every level: the best stands for those that filter, the last for one that does not. */
const asynchronous = elsewhere.filter((_, n) => n === 0 || n === elsewhere.length - 1);

for (const { label, backend } of asynchronous) {
  const open = (threads: number, rows = data) => {
    const corpus = backend.openCorpus(DIM, 'cosine', { threads });
    corpus.append(rows);
    const asked = (count: number) => queries.subarray(0, count * DIM);
    return {
      corpus,
      later: (count: number, signal?: AbortSignal) => searchAsync(corpus, asked(count), OPTIONS, signal),
      search: (count: number) => corpus.search(asked(count), OPTIONS),
    };
  };

  describe(`${label}, searches under way`, () => {
    it.each([1, 3])('on %i threads answer for the moment they were asked, whatever changes then', async (threads) => {
      const { corpus, search, later } = open(threads);
      const changes: (() => void)[] = [
        () => corpus.encoder?.encode(2048),
        () => encodeAll(corpus),
        () => corpus.append(more),
        () => corpus.encoder?.encode(320),
        () => {
          for (const slot of [0, 31, 32, 3000, ROWS + 10]) corpus.overwrite(slot, queries.subarray(0, DIM));
        },
        () => encodeAll(corpus),
        () => corpus.compact(Uint8Array.from({ length: corpus.size }, (_, slot) => (slot % 7 === 0 ? 0 : 1))),
        () => corpus.append(data.subarray(0, 2000 * DIM)),
        () => encodeAll(corpus),
        () => corpus.compact(Uint8Array.from({ length: corpus.size }, (_, slot) => (slot < 700 ? 1 : 0))),
      ];
      const asked: { situation: string; expected: unknown; answer: Promise<unknown> }[] = [];
      changes.forEach((change, step) => {
        for (const count of [1, 5, 20]) {
          const expected = search(count);
          for (let twice = 0; twice < 2; twice++) {
            asked.push({ situation: `${count} queries before change ${step}`, expected, answer: later(count) });
          }
        }
        change();
      });
      for (const { situation, expected, answer } of asked) expect(await answer, situation).toEqual(expected);
      corpus.free();
    });

    it('over several corpora at once, with some aborted and some freed in between', async () => {
      const corpora = [1, 2, 3, 3, 2].map((threads, n) => open(threads, n % 2 === 0 ? data : more));
      for (const { corpus } of corpora.slice(1)) encodeAll(corpus);
      const controllers: AbortController[] = [];
      const reason = new Error('no longer wanted');
      const asked = corpora.flatMap(({ search, later }, n) =>
        [1, 3, 20].map((count) => {
          const controller = new AbortController();
          controllers.push(controller);
          return { expected: search(count), isFreed: n === 4, answer: later(count, controller.signal) };
        }),
      );
      controllers.forEach((controller, n) => {
        if (n % 4 === 2) controller.abort(reason);
      });
      corpora[4].corpus.free();
      const outcomes = await Promise.allSettled(asked.map(({ answer }) => answer));
      outcomes.forEach((outcome, n) => {
        if (n % 4 === 2) expect(outcome).toEqual({ status: 'rejected', reason });
        else if (!asked[n].isFreed) expect(outcome).toEqual({ status: 'fulfilled', value: asked[n].expected });
        else if (outcome.status === 'fulfilled') expect(outcome.value).toEqual(asked[n].expected);
        else expect(outcome.reason).toBeInstanceOf(Error);
      });
      for (const { corpus, search, later } of corpora.slice(0, 4)) {
        expect(await later(20)).toEqual(search(20));
        corpus.free();
      }
    });

    it('leave the event loop its turns', async () => {
      const { corpus } = open(1);
      const many = Float32Array.from({ length: 200 * DIM }, (_, i) => queries[i % queries.length]);
      let ticks = 0;
      let isDone = false;
      const answer = searchAsync(corpus, many, { k: 2000, minScore: EVERY }).then(() => {
        isDone = true;
      });
      while (!isDone) {
        await new Promise(setImmediate);
        ticks++;
      }
      await answer;
      expect(ticks).toBeGreaterThan(3);
      corpus.free();
    });
  });
}

describe.each(backends)('VectorIndex on %s', (name) => {
  const rows = Array.from({ length: 1500 }, (_, row) => data.subarray(row * DIM, (row + 1) * DIM));
  const asked = Array.from({ length: 9 }, (_, q) => queries.subarray(q * DIM, (q + 1) * DIM));
  const open = () => VectorIndex.from(rows, { backend: name, ids: rows.map((_, row) => `row ${row}`) });

  it('answers for the moment it was asked while rows come, change and go', async () => {
    using index = open();
    const answers: Promise<unknown>[] = [];
    const expected: unknown[] = [];
    const ask = () => {
      expected.push(index.search(asked[0], 7), index.searchBatch(asked, 5));
      answers.push(index.searchAsync(asked[0], 7), index.searchBatchAsync(asked, 5));
    };
    ask();
    index.addMany([asked[0], asked[1]], ['new 0', 'new 1']);
    ask();
    for (let row = 0; row < 700; row++) index.delete(`row ${row}`);
    ask();
    for (let row = 700; row < 720; row++) index.upsert(`row ${row}`, asked[3]);
    ask();
    index.clear();
    ask();
    expect(await Promise.all(answers)).toEqual(expected);
  });

  it('reads and answers a large batch by the block, for the moment it was asked', async () => {
    using index = VectorIndex.from(rows.slice(0, 100), { backend: name });
    const many = Float32Array.from({ length: 1200 * DIM }, (_, i) => queries[(i * 7) % queries.length]);
    const nested = Array.from({ length: 1200 }, (_, q) => Array.from(many.subarray(q * DIM, (q + 1) * DIM)));
    const admitted = Uint8Array.from({ length: 100 }, (_, row) => row % 2);
    const expected = index.searchBatch(many, { k: 3, filter: admitted });
    const mask = admitted.slice();
    const answers = [many, nested, { data: many, rows: 1200, dim: DIM }, Array.from(many)].map((given) =>
      index.searchBatchAsync(given, { k: 3, filter: mask }),
    );
    mask.fill(0);
    // The block under way copies what it needs; those behind it are not yet read.
    index.upsert(1, asked[0]);
    index.delete(5);
    index.add(1000, asked[1]);
    for (const answer of await Promise.all(answers)) expect(answer).toEqual(expected);

    const last = await index.searchBatchAsync(many, { k: 3 });
    expect(last).toEqual(index.searchBatch(many, { k: 3 }));
    expect((await index.searchBatchAsync([], 3)).size).toBe(0);
    const bad = nested.map((query, q) => (q === 1150 ? [...query.slice(1), Number.NaN] : query));
    await expect(index.searchBatchAsync(bad, 3)).rejects.toThrow(`query 1150, element ${DIM - 1} is NaN`);
    const short = nested.map((query, q) => (q === 1151 ? query.slice(1) : query));
    await expect(index.searchBatchAsync(short, 3)).rejects.toThrow(`row 1151 has ${DIM - 1} elements, expected ${DIM}`);
    const text = nested.map((query, q) => (q === 1152 ? ['1', ...query.slice(1)] : query)) as number[][];
    await expect(index.searchBatchAsync(text, 3)).rejects.toThrow('row 1152, column 0 is "1"');
    const flat = Array.from(many);
    flat[1153 * DIM] = null as unknown as number;
    await expect(index.searchBatchAsync(flat, 3)).rejects.toThrow(`element ${1153 * DIM} is null`);
    const controller = new AbortController();
    const aborted = index.searchBatchAsync(many, { k: 3, signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
  });

  it('rejects what is aborted and what is disposed of, and nothing else', async () => {
    const index = open();
    const other = open();
    const controller = new AbortController();
    const reason = new Error('enough');
    const aborted = index.searchBatchAsync(asked, { k: 5, signal: controller.signal });
    const kept = other.searchBatchAsync(asked, 5);
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    const cut = index.searchBatchAsync(asked, 5).catch((error: unknown) => error);
    const expected = other.searchBatch(asked, 5);
    index.dispose();
    const outcome = await cut;
    if (!(outcome instanceof Error)) expect(outcome).toEqual(expected);
    expect(await kept).toEqual(expected);
    other.dispose();
  });
});

it('two levels in one process give each other no threads, no rows and no answers', async () => {
  const answers = await Promise.all(
    asynchronous.map(async ({ label }) => {
      const corpus = openBackend(label).openCorpus(DIM, 'euclidean', { threads: 2 });
      corpus.append(data);
      encodeAll(corpus);
      const answer = await searchAsync(corpus, queries, OPTIONS);
      corpus.free();
      return answer;
    }),
  );
  for (const answer of answers) expect(answer).toEqual(answers[0]);
});
