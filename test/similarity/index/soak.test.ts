/**
 * A long life: random changes and searches against a plain list of rows, with the engine encoding all the while, and memory
 * that comes back. A few seconds, more in the slow tier; KINDRED_SOAK_SECONDS makes it longer, KINDRED_SOAK_SEED repeats a failure.
 */
import { expect, it } from 'vitest';
import type { Corpus } from '../../../src/backend/contract/backend.js';
import { reference } from '../../../src/backend/reference/index.js';
import { VectorIndex } from '../../../src/index.js';
import { ENCODED_ROWS } from '../../backend/conformance/encoded-rows.js';
import { encodeAll } from '../../backend/conformance/encoded-search.js';
import { Random } from '../../backend/conformance/random.js';
import { powerOfTwo } from '../../backend/conformance/vectors.js';
import { openLevels } from '../../fixtures/levels.js';
import { isSlow, metrics, scoreOf } from '../../fixtures/plain-rows.js';

const SECONDS = Number(process.env.KINDRED_SOAK_SECONDS ?? (isSlow ? 60 : 3));
const SEED = Number(process.env.KINDRED_SOAK_SEED ?? 1);
const EVERY = Number.NEGATIVE_INFINITY;
const KINDS = Object.keys(ENCODED_ROWS);

const best = openLevels.filter(
  ({ backend }, n) => openLevels.findIndex((each) => each.backend.name === backend.name) === n,
);
const tried = best.filter(({ backend }) => backend.name !== 'reference');
/** How long each of the two kinds of life goes on, on each backend. */
const SHARE_MS = (SECONDS * 1000) / 2 / tried.length;

it.each(tried.map(({ label, backend }) => [label, backend] as const))(
  '%s answers like a plain list of rows',
  (label, backend) => {
    const until = performance.now() + SHARE_MS;
    let rounds = 0;
    for (let seed = SEED; rounds < 3 || performance.now() < until; seed++, rounds++) {
      const random = new Random(seed);
      const dim = [7, 24, 40, 100][random.below(4)];
      const metric = (['cosine', 'dot', 'euclidean'] as const)[random.below(3)];
      const corpora = [backend, reference].map((each) => each.openCorpus(dim, metric));
      const drawn = (count: number) => ENCODED_ROWS[KINDS[random.below(KINDS.length)]](random, count, dim);
      for (let step = 0; step < 25; step++) {
        const what = live(corpora, random, drawn);
        // Queries like the rows, or far smaller; by the way that pays, or by any.
        const times = random.below(3) === 0 ? powerOfTwo(-random.below(100)) : 1;
        const queries = drawn([1, 2, 9, 18][random.below(4)]).map((x) => x * times);
        const { ways } = corpora[0];
        if (ways.length > 0) corpora[0].way = random.below(2) === 0 ? undefined : ways[random.below(ways.length)];
        const admit =
          random.below(3) === 0 ? Uint8Array.from({ length: corpora[0].size }, () => random.below(2)) : undefined;
        const options = { k: 1 + random.below(30), minScore: random.below(4) === 0 ? 0.1 : EVERY, admit };
        const [found, right] = corpora.map((corpus) => corpus.search(queries, options));
        expect(found, `${label}, seed ${seed}, step ${step} (${what}), ${metric}, dim ${dim}`).toEqual(right);
      }
      for (const corpus of corpora) corpus.free();
    }
    console.log(`${label}: ${rounds} lives from seed ${SEED}`);
  },
  60_000 + SECONDS * 1000,
);

it.each(tried.map(({ label }) => label))(
  'an index on %s answers like a list that is scored and sorted',
  (label) => {
    const until = performance.now() + SHARE_MS;
    let rounds = 0;
    for (let seed = SEED; rounds < 2 || performance.now() < until; seed++, rounds++) soakIndex(label, seed);
    console.log(`${label}: ${rounds} indexes from seed ${SEED}`);
  },
  60_000 + SECONDS * 1000,
);

/** One index through additions, replacements, deletions and searches. */
function soakIndex(label: string, seed: number): void {
  const random = new Random(seed);
  const dim = [5, 24, 65][random.below(3)];
  const metric = metrics[random.below(3)];
  using index = new VectorIndex<string>({ dim, metric, backend: label });
  const model = new Map<string, Float32Array>();
  const kind = KINDS[random.below(KINDS.length)];
  const drawn = (count: number) => {
    const flat = ENCODED_ROWS[kind](random, count, dim);
    return Array.from({ length: count }, (_, row) => flat.slice(row * dim, (row + 1) * dim));
  };
  const best = (query: Float32Array, k: number, without?: string) =>
    [...model]
      .filter(([id]) => id !== without)
      .map(([id, row]) => ({ id, score: scoreOf(metric, row, query) }))
      .sort((a, b) => b.score - a.score)
      .slice(0, k);
  let nextId = 0;
  for (let step = 0; step < 30; step++) {
    const situation = `${label}, seed ${seed}, step ${step}, ${metric}, ${model.size} rows ${kind} of ${dim}`;
    const known = [...model.keys()];
    const some = () => known[random.below(known.length)];
    const choice = known.length === 0 ? 0 : random.below(5);
    if (choice <= 1) {
      const rows = drawn(1 + random.below(known.length < 1500 ? 500 : 5));
      const ids = rows.map(() => `id ${nextId++}`);
      index.addMany(rows, ids);
      rows.forEach((row, n) => {
        model.set(ids[n], row);
      });
    } else if (choice === 2) {
      for (let n = 0; n < 5; n++) {
        const [id, [row]] = [some(), drawn(1)];
        index.upsert(id, row);
        model.set(id, row);
      }
    } else if (choice === 3) {
      const rest = random.below(3) === 0 ? 2 : 40;
      for (const id of known) if (random.below(rest) === 0) expect(index.delete(id)).toBe(model.delete(id));
    }
    expect(index.size, situation).toBe(model.size);
    const queries = drawn(17);
    const k = 1 + random.below(12);
    const plain = (hits: readonly { id: string; score: number }[]) => hits.map(({ id, score }) => ({ id, score }));
    expect(plain(index.search(queries[0], k)), situation).toEqual(best(queries[0], k));
    const batch = index.searchBatch(queries, k);
    for (const q of [0, 8, 16]) expect(plain(batch.row(q)), situation).toEqual(best(queries[q], k));
    const [id] = model.keys();
    const row = id === undefined ? undefined : model.get(id);
    if (row) expect(plain(index.neighbors(id, k)), situation).toEqual(best(row, k, id));
  }
}

/** One change to all corpora alike; encoding is a change to those that can. Says what it was. */
function live(corpora: readonly Corpus[], random: Random, drawn: (count: number) => Float32Array): string {
  const { size, dim } = corpora[0];
  const choice = size === 0 ? 0 : random.below(6);
  if (choice <= 1) {
    const rows = drawn(1 + random.below(size < 2000 ? 700 : 3));
    for (const corpus of corpora) corpus.append(rows);
    return `append ${rows.length / dim}`;
  }
  if (choice === 2) {
    const [slot, row] = [random.below(size), drawn(1)];
    for (const corpus of corpora) corpus.overwrite(slot, row);
    return `overwrite ${slot}`;
  }
  if (choice === 3) {
    const [from, part] = [random.below(size), 2 + random.below(9)];
    const keep = Uint8Array.from({ length: size }, (_, slot) => (slot >= from && slot % part === 0 ? 0 : 1));
    for (const corpus of corpora) corpus.compact(keep);
    return `compact from ${from}`;
  }
  if (choice === 4) {
    for (const corpus of corpora) corpus.encoder?.encode(32 * (1 + random.below(30)));
    return 'encode some';
  }
  for (const corpus of corpora) encodeAll(corpus);
  return 'encode all';
}

it.each(tried.map(({ label, backend }) => [label, backend] as const))('%s gives its memory back', (_, backend) => {
  const [rows, dim] = [4000, 128];
  const data = ENCODED_ROWS.clustered(new Random('memory'), rows, dim);
  const sizes = new Set<number>();
  const build = () => {
    const corpus = backend.openCorpus(dim, 'cosine');
    corpus.append(data);
    encodeAll(corpus);
    for (const count of [1, 20]) corpus.search(data.slice(0, count * dim), { k: 5, minScore: EVERY });
    sizes.add(corpus.bytes);
    const full = corpus.bytes;
    corpus.compact(Uint8Array.from({ length: rows }, (_, slot) => (slot < 100 ? 1 : 0)));
    expect(corpus.bytes).toBeLessThan(full / 2);
    corpus.free();
  };
  for (let n = 0; n < 6; n++) build();
  const before = process.memoryUsage().rss;
  // Only what the system says of a process tells what an allocator keeps; elsewhere the bytes of a corpus say it all.
  const isNative = backend.name === 'native';
  for (let n = 0; n < (isNative ? 40 : 2); n++) build();
  // Nor without an encoded copy: what is allocated in between decides what an allocator can use again.
  for (let n = 0; n < (isNative ? 60 : 0); n++) {
    const corpus = backend.openCorpus(dim, 'cosine');
    corpus.append(data);
    corpus.free();
  }
  // The same bytes every time. Forty corpora that stayed would hold 100 MB and more, sixty others 120 MB.
  expect(sizes.size).toBe(1);
  if (isNative) expect(process.memoryUsage().rss - before).toBeLessThan(75e6);
});

it.each(tried.map(({ label }) => label))('an index on %s holds the same bytes each time it is built', (label) => {
  const dim = 64;
  const data = ENCODED_ROWS.clustered(new Random('bytes'), 1500, dim);
  const sizes = new Set<number>();
  for (let n = 0; n < 8; n++) {
    using index = VectorIndex.from(data, { dim, backend: label });
    index.searchBatch({ data: data.slice(0, 20 * dim), rows: 20, dim }, 5);
    sizes.add(index.stats().bytes);
  }
  expect(sizes.size).toBe(1);
});
