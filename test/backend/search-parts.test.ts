/** Backends that search on the caller's thread do so part by part: parts make the whole, and leave the event loop its turns. */
import { describe, expect, it } from 'vitest';
import type { Corpus, SearchingInParts } from '../../src/backend/contract/backend.js';
import { plainCandidate } from '../../src/backend/plain/index.js';
import { emptyTopRows, mergeTopRows } from '../../src/backend/reference/best.js';
import { reference } from '../../src/backend/reference/index.js';
import { VectorIndex } from '../../src/index.js';
import { backends } from '../fixtures/plain-rows.js';
import { ENCODED_ROWS } from './conformance/encoded-rows.js';
import { encodeAll } from './conformance/encoded-search.js';
import { Random } from './conformance/random.js';
import { expectSameAnswer, levels, METRICS } from './wasm/checks.js';

const EVERY = Number.NEGATIVE_INFINITY;
const DIM = 40;
const ROWS = 2400;
const PARTS = [
  [0, 1024],
  [0, ROWS],
  [1024, 2048],
  [2048, ROWS],
] as const;
const KINDS = ['clustered', 'equal', 'uniform'] as const;

const parted = [reference, plainCandidate.open(), ...levels.map((each) => each.open())];

describe.each(KINDS)('rows %s', (kind) => {
  it.each(METRICS)('%s: a part answers as if it were all', (metric) => {
    const random = new Random(`parts ${kind} ${metric}`);
    const data = ENCODED_ROWS[kind](random, ROWS, DIM);
    const queries = data.slice(0, 3 * DIM).map((x, i) => (i < DIM ? x : x + random.signed() / 4));
    const admit = Uint8Array.from({ length: ROWS }, () => (random.below(3) === 0 ? 0 : 1));
    const corpora = parted.map((backend) => backend.openCorpus(DIM, metric));
    const changes: ((corpus: Corpus) => void)[] = [
      (corpus) => corpus.append(data.subarray(0, 2100 * DIM)),
      encodeAll,
      // Rows that are not encoded, behind those that are and among them.
      (corpus) => {
        corpus.append(data.subarray(2100 * DIM));
        for (const slot of [0, 1100, 1101, 2060]) corpus.overwrite(slot, data.subarray(slot * DIM, (slot + 1) * DIM));
      },
    ];
    for (const [step, change] of changes.entries()) {
      corpora.forEach(change);
      const { size } = corpora[0];
      for (const [n, [first, end]] of PARTS.entries()) {
        const last = Math.min(end, size);
        const alone = reference.openCorpus(DIM, metric);
        alone.append(data.subarray(first * DIM, last * DIM));
        const all = [
          { k: 10, minScore: EVERY },
          { k: 10, minScore: EVERY, admit },
          { k: 600, minScore: EVERY },
          { k: ROWS + 1, minScore: metric === 'euclidean' ? -2 : 0.5 },
        ];
        // Half of the squares of a chessboard: every part meets every option within two changes.
        for (const options of all.filter((_, option) => (step + n + option) % 2 === 0)) {
          const expected = alone.search(queries, { ...options, admit: options.admit?.slice(first, last) });
          for (const [cell] of expected.positions.entries()) {
            const isFilled = cell % expected.stride < expected.counts[Math.floor(cell / expected.stride)];
            if (isFilled) expected.positions[cell] += first;
          }
          for (const corpus of corpora) {
            for (const way of [undefined, ...corpus.ways]) {
              corpus.way = way;
              const { answer, counted = { queries: 3, rows: last - first, scored: 0 } } = partOf(
                corpus,
                queries,
                options,
                first,
                last,
              );
              expectSameAnswer(answer, expected);
              expect(counted).toMatchObject({ queries: 3, rows: last - first });
              expect(counted.scored).toBeLessThanOrEqual(3 * counted.rows);
            }
          }
        }
      }
    }
  });
});

function partOf(corpus: Corpus, ...asked: Parameters<SearchingInParts['search']>) {
  const frozen = corpus.freeze();
  try {
    if (frozen.searching.kind !== 'in-parts') throw new Error('this corpus has no parts');
    const answer = frozen.searching.search(...asked);
    return { answer, counted: frozen.searching.lastSearch };
  } finally {
    frozen.free();
  }
}

describe('merging', () => {
  /** An answer with these scores. */
  const answerOf = (stride: number, scores: number[], first: number) => {
    const answer = emptyTopRows(1, stride);
    answer.counts[0] = scores.length;
    answer.scores.set(scores);
    answer.positions.set(scores.map((_, n) => first + n));
    return answer;
  };
  const merged = (stride: number, mine: number[], theirs: number[]) => {
    const answer = answerOf(stride, mine, 0);
    mergeTopRows(answerOf(theirs.length, theirs, 100), answer);
    return Array.from(answer.positions.subarray(0, answer.counts[0]));
  };

  it.each([
    [4, [], [3, 2], [100, 101]],
    [4, [3, 2], [], [0, 1]],
    [4, [3, 1], [2, 0], [0, 100, 1, 101]],
    [4, [5, 4, 3, 2], [6, 1], [100, 0, 1, 2]],
    [4, [5, 4, 3, 2], [1, 1], [0, 1, 2, 3]],
    [3, [2, 2], [2, 2], [0, 1, 100]],
    [2, [1, 1], [2, 2, 2], [100, 101]],
    [1, [-1], [-1], [0]],
  ])('of %i cells: %j and %j', (stride, mine, theirs, expected) => {
    expect(merged(stride, mine, theirs)).toEqual(expected);
  });
});

describe.each(backends)('%s', (backend) => {
  const random = new Random('event loop');
  const data = ENCODED_ROWS.clustered(random, 16_500, DIM);
  const queries = data.slice(0, 2 * DIM).map((x) => x + random.signed() / 8);
  const open = () => VectorIndex.from(data, { dim: DIM, backend });

  it('one query leaves the event loop its turns, and finds the same', async () => {
    for (const options of [{ k: 10 }, { k: 3000 }, { minScore: 0.9 }]) {
      // A new one each time: an index learns how much a slice can take.
      using index = open();
      const expected = index.search(queries.subarray(0, DIM), options);
      let turns = 0;
      let isDone = false;
      const count = () => {
        turns++;
        if (!isDone) setImmediate(count);
      };
      setImmediate(count);
      const answer = await index.searchAsync(queries.subarray(0, DIM), options);
      isDone = true;
      expect(answer).toEqual(expected);
      // Slices begin with 1024 rows and at most double; native threads are none of the event loop's.
      if (!backend.startsWith('native')) expect(turns).toBeGreaterThanOrEqual(5);
    }
  });

  it('a row that changes between two parts does not change the answer', async () => {
    using index = open();
    const query = queries.subarray(0, DIM);
    const expected = index.search(query, 10);
    const answer = index.searchAsync(query, 10);
    await new Promise((resolve) => setImmediate(resolve));
    index.upsert(16_499, query);
    expect(await answer).toEqual(expected);
    expect(index.search(query, 1)[0].id).toBe(16_499);
  });

  it('can be aborted and disposed between two parts', async () => {
    const index = open();
    const controller = new AbortController();
    const aborted = index.searchBatchAsync(queries, { k: 10, signal: controller.signal });
    const disposed = index.searchBatchAsync(queries, 10);
    const refused = expect(aborted).rejects.toThrow('enough');
    const ended = expect(disposed).rejects.toMatchObject({ code: 'DISPOSED' });
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error('enough'));
    index.dispose();
    await refused;
    await ended;
  });
});

describe.each(backends)('%s counts as one search', (backend) => {
  const rows = 2080;
  const data = ENCODED_ROWS.clustered(new Random('counts'), rows, DIM);
  const counts = (queries: number) => ({ queries, rows });

  it('what is searched in blocks and parts', async () => {
    using index = VectorIndex.from(data, { dim: DIM, backend });
    expect(index.stats().lastSearch).toBeUndefined();
    const counted = () => {
      const { queries, rows, fine, scored } = index.stats().lastSearch ?? { queries: 0, rows: 0, scored: 0 };
      if (fine !== undefined) expect(scored).toBeLessThanOrEqual(fine);
      return { queries, rows };
    };
    await index.searchAsync(data.subarray(0, DIM), 3);
    expect(counted()).toEqual(counts(1));
    await index.searchBatchAsync(data.subarray(0, 1500 * DIM), 3);
    expect(counted()).toEqual(counts(1500));
    expect(index.stats().lastSearch?.scored).toBeGreaterThanOrEqual(4500);
    index.searchBatch(data.subarray(0, 200 * DIM), { minScore: 0.9 });
    expect(counted()).toEqual(counts(200));
    await index.diverseAsync(data.subarray(0, DIM), { k: 3 });
    expect(counted()).toEqual(counts(1));
    index.similarPairs({ limit: 3 });
    expect(counted().queries).toBeGreaterThanOrEqual(rows);
  });

  it('a graph', async () => {
    using index = VectorIndex.from(data, { dim: DIM, backend });
    index.neighborGraph(3);
    expect(index.stats().lastSearch).toMatchObject(counts(rows));
    index.search(data.subarray(0, DIM), 3);
    await index.neighborGraphAsync(3);
    expect(index.stats().lastSearch).toMatchObject(counts(rows));
  });
});
