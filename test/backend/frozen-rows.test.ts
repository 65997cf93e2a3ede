/** Frozen rows answer for the moment they were frozen, whatever becomes of the corpus: random lives on every backend and level. */
import { describe, expect, it } from 'vitest';
import type { Corpus, Elements, Floats, FrozenRows, TopRequest, TopRows } from '../../src/backend/contract/backend.js';
import { emptyTopRows, mergeTopRows } from '../../src/backend/reference/best.js';
import { reference } from '../../src/backend/reference/index.js';
import { toElements, toQueries } from '../../src/similarity/dtype.js';
import { siftingWays } from '../fixtures/attacked.js';
import { openLevels } from '../fixtures/levels.js';
import { isSlow } from '../fixtures/plain-rows.js';
import { ENCODED_ROWS } from './conformance/encoded-rows.js';
import { encodeAll } from './conformance/encoded-search.js';
import { Random } from './conformance/random.js';
import { expectSameAnswer } from './wasm/checks.js';

const EVERY = Number.NEGATIVE_INFINITY;
const SEEDS = isSlow ? 12 : 2;
const KINDS = Object.keys(ENCODED_ROWS);
const DTYPES = ['float32', 'float64', 'float16', 'int8'] as const;

/** Rows that are held, and what they were, kept by nobody else. */
interface Held {
  readonly frozen: FrozenRows;
  readonly plain: Corpus;
  readonly born: string;
}

async function answerOf(frozen: FrozenRows, queries: Floats, request: TopRequest, random: Random): Promise<TopRows> {
  const { searching, size } = frozen;
  if (searching.kind === 'elsewhere') return await searching.start(queries, request).done;
  const answer = emptyTopRows(queries.length / frozen.dim, Math.min(request.k, size));
  for (let first = 0; first < size; ) {
    const last = Math.min(size, first + 1024 * (1 + random.below(2)));
    mergeTopRows(searching.search(queries, request, first, last), answer);
    first = last;
  }
  return answer;
}

function bytesOf({ buffer, byteOffset, byteLength }: Elements): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

describe.each(openLevels.map(({ label, backend }) => [label, backend] as const))('%s', (_, backend) => {
  it.each(Array.from({ length: SEEDS }, (_, n) => n))('in random life %i', async (seed) => {
    const random = new Random(`frozen ${seed}`);
    const dim = [7, 40, 100][random.below(3)];
    const metric = (['cosine', 'dot', 'euclidean'] as const)[random.below(3)];
    const dtype = DTYPES[random.below(DTYPES.length)];
    const kind = KINDS[random.below(KINDS.length)];
    // Whole numbers for int8.
    const values = (count: number) =>
      ENCODED_ROWS[kind](random, count, dim).map((x) =>
        dtype === 'int8' ? Math.max(-128, Math.min(127, Math.round(9 * x))) : x,
      );
    const drawn = (count: number) => toElements(values(count), dtype, dim);
    const corpus = backend.openCorpus(dim, metric, { dtype });
    // What is done to the corpus is done to rows of our own: a write that is lost shows, whoever asks.
    const truth = reference.openCorpus(dim, metric, { dtype });
    const append = (rows: Elements) => {
      for (const each of [corpus, truth]) each.append(rows);
    };
    append(drawn(1500 + random.below(1500)));
    encodeAll(corpus);
    const held: Held[] = [];
    const expectTruth = (situation: string) => {
      const [found, right] = [corpus, truth].map((each) => bytesOf(each.read(0, each.size)));
      expect(found.equals(right), situation).toBe(true);
    };
    const freeze = (born: string) => {
      const plain = reference.openCorpus(dim, metric, { dtype });
      plain.append(truth.read(0, truth.size));
      held.push({ frozen: corpus.freeze(), plain, born });
    };
    const change = (): string => {
      const { size, ways } = corpus;
      if (ways.length > 0) corpus.way = random.below(2) === 0 ? undefined : ways[random.below(ways.length)];
      switch (random.below(7)) {
        case 0:
          append(drawn(1 + random.below(300)));
          return 'append';
        case 1: {
          const part = 2 + random.below(9);
          const from = random.below(size);
          const keep = Uint8Array.from({ length: size }, (_, n) => (n >= from && n % part === 0 ? 0 : 1));
          for (const each of [corpus, truth]) each.compact(keep);
          return 'compact';
        }
        case 2:
          corpus.encoder?.encode(32 * (1 + random.below(40)));
          return 'encode';
        default: {
          const first = random.below(size);
          const times = 1 + random.below(40);
          for (let n = 0; n < times; n++) {
            const [slot, row] = [random.below(3) === 0 ? first : random.below(size), drawn(1)];
            for (const each of [corpus, truth]) each.overwrite(slot, row);
          }
          return 'overwrite';
        }
      }
    };
    const check = async ({ frozen, plain, born }: Held, step: number) => {
      const count = [1, 2, 20][random.below(3)];
      const first = random.below(plain.size - count);
      const queries = toQueries(values(count), dtype, dim);
      const admit = random.below(2) === 0 ? Uint8Array.from({ length: plain.size }, () => random.below(3)) : undefined;
      const request = { k: 1 + random.below(60), minScore: EVERY, admit };
      const expected = plain.search(queries, request);
      const situation = `seed ${seed}, step ${step}, ${metric}, ${dtype}, ${kind}, frozen at ${born}`;
      expect(frozen.size, situation).toBe(plain.size);
      expect(frozen.read(first, count), situation).toEqual(plain.read(first, count));
      expectSameAnswer(await answerOf(frozen, queries, request, random), expected);
    };
    freeze('first');
    for (let step = 0; step < 14; step++) {
      // What searches elsewhere is not there yet when the rows change.
      const answers = held.filter(() => random.below(2) === 0).map((each) => check(each, step));
      const what = change();
      await Promise.all(answers);
      expectTruth(`seed ${seed}, step ${step}, ${dtype}, after ${what}`);
      if (random.below(2) === 0) freeze(`${step} after ${what}`);
      if (held.length > 4) held.splice(random.below(held.length), 1)[0].frozen.free();
      // Pages that moved come back only when nobody reads any more.
      if (random.below(4) === 0) for (const { frozen } of held.splice(0)) frozen.free();
    }
    await check({ frozen: corpus.freeze(), plain: truth, born: 'last' }, 99);
    corpus.free();
    for (const each of held) {
      const { size } = each.plain;
      const query = toQueries(values(1), dtype, dim);
      const request = { k: 5, minScore: EVERY };
      expect(each.frozen.size).toBe(size);
      expectSameAnswer(await answerOf(each.frozen, query, request, random), each.plain.search(query, request));
      each.frozen.free();
      each.frozen.free();
      expect(() => each.frozen.read(0)).toThrow('freed');
    }
  });

  it('sift by the codes they had, whatever is encoded after them', async () => {
    const [dim, size] = [64, 3000];
    const random = new Random('codes of before');
    const rows = ENCODED_ROWS.clustered(random, size, dim);
    const [corpus, plain] = [backend, reference].map(({ openCorpus }) => openCorpus(dim, 'cosine'));
    for (const each of [corpus, plain]) each.append(rows);
    encodeAll(corpus);
    [corpus.way] = siftingWays(corpus);
    const frozen = corpus.freeze();
    // Rows that were best become the worst, and their strips are encoded anew.
    for (let slot = 0; slot < size; slot += 50) {
      corpus.overwrite(
        slot,
        rows.slice(slot * dim, (slot + 1) * dim).map((x) => -x),
      );
    }
    encodeAll(corpus);
    const request = { k: 10, minScore: EVERY };
    for (let slot = 0; slot < size; slot += 500) {
      const query = rows.subarray(slot * dim, (slot + 1) * dim);
      expectSameAnswer(await answerOf(frozen, query, request, random), plain.search(query, request));
    }
    frozen.free();
    corpus.free();
  });

  it('of rows that change all the time take little memory', () => {
    const [dim, size] = [64, 4000];
    const corpus = backend.openCorpus(dim, 'cosine');
    corpus.append(ENCODED_ROWS.clustered(new Random('pages'), size, dim));
    encodeAll(corpus);
    const before = corpus.bytes;
    const held: FrozenRows[] = [];
    for (let n = 0; n < 100; n++) {
      held.push(corpus.freeze());
      corpus.overwrite((n * 997) % size, new Float32Array(dim).fill(n + 1));
    }
    // What a corpus holds is counted wherever it lies: pages of 16 KiB at most once each, not copies of it.
    expect(corpus.bytes).toBeLessThan(2.2 * before);
    for (const each of held) each.free();
    corpus.free();
  });
});
