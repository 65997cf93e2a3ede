/** Attacks on the bounds: whatever is encoded, and however adverse the rows, ids and score bits are those of the reference. */
import { describe, expect, it } from 'vitest';
import type { Encoding, Metric, TopRows } from '../../src/backend/contract/backend.js';
import { reference } from '../../src/backend/reference/index.js';
import { attackGraph, graphMetrics, open, siftingWays } from '../fixtures/attacked.js';
import { ATTACKS, attack } from '../fixtures/attacks.js';
import { openLevels } from '../fixtures/levels.js';
import { pairwise } from '../fixtures/pairwise.js';
import { BOUNDED_METRICS } from './conformance/case.js';
import { ENCODED_ROWS } from './conformance/encoded-rows.js';
import { adopt, checkGraph, encodeAll, encodingOf } from './conformance/encoded-search.js';
import { Random } from './conformance/random.js';

const EVERY = Number.NEGATIVE_INFINITY;
/** Which rows are encoded, in the order in which a corpus gets there. */
const ENCODED = ['none', 'some', 'all'] as const;
/** Those that sift rows by bounds. */
const levels = openLevels.filter(({ backend }) => backend.openCorpus(1, 'cosine').encoder);
/** Ways to sift that need no kernels of their own. */
const ON_EVERY_LEVEL = ['planes', 'filter'];
const filtering = levels.filter(({ backend }) => backend.level !== 'scalar');

describe.each(Object.keys(ATTACKS))('%s', (name) => {
  const made = attack(name);
  const size = made.rows.length / made.dim;
  const truths = new Map<Metric, TopRows>();

  /** Every row in order, of which every answer is the beginning. */
  const truthOf = (metric: Metric): TopRows => {
    const known =
      truths.get(metric) ??
      open(reference.openCorpus, metric, made, 1).search(made.queries, { k: size, minScore: EVERY });
    truths.set(metric, known);
    return known;
  };

  for (const { label, backend } of levels) {
    const threads = backend.name === 'native' && made.large ? [1, 3] : [1];
    const { ways } = backend.openCorpus(1, 'dot');
    const situations = pairwise(
      {
        metric: BOUNDED_METRICS,
        threads,
        encoded: ENCODED,
        queries: [1, 5, 18],
        k: [1, 10, 100, size],
        way: [undefined, ...ways],
      },
      new Random(`${name} on ${label}`),
    );
    // What is aligned errs most where ten rows are wanted, whichever way.
    const hardest = name.includes('all err along') ? [1, 18] : [];

    it.each(BOUNDED_METRICS)(`%s on ${label}`, (metric) => {
      for (const each of threads) {
        const corpus = open(backend.openCorpus, metric, made, each);
        for (const encoded of ENCODED) {
          if (encoded === 'some') corpus.encoder?.encode(288);
          if (encoded === 'all') encodeAll(corpus);
          const some = situations.filter((it) => it.metric === metric && it.threads === each && it.encoded === encoded);
          const more =
            encoded === 'all'
              ? hardest.flatMap((queries) => [undefined, ...ways].map((way) => ({ queries, k: 10, way })))
              : [];
          for (const { queries, k, way } of [...some, ...more]) {
            corpus.way = way;
            const found = corpus.search(made.queries.subarray(0, queries * made.dim), { k, minScore: EVERY });
            const situation = `${way ?? 'usual way'}, ${queries} queries, k ${k}, ${encoded} rows encoded, ${each} threads`;
            expectBeginning(found, truthOf(metric), queries, situation);
          }
        }
        corpus.free();
      }
    });

    // Graphs that sift nothing, and large ones of levels that share no work out, are left to the slow tier.
    if (!filtering.some((each) => each.backend === backend) || (made.large && backend !== levels[0].backend)) continue;
    it.each(graphMetrics(name, made))(`%s on ${label}, every row looking for every other`, (metric) =>
      attackGraph(backend, metric, made, Math.max(...threads)),
    );
  }
});

it.each(levels.map(({ label, backend }) => [label, backend] as const))(
  '%s has a graph if it can use one',
  (_, backend) => {
    const corpus = backend.openCorpus(64, 'cosine');
    const rows = ENCODED_ROWS.clustered(new Random('graph'), 2000, 64);
    corpus.append(rows);
    expect(checkGraph(corpus, rows, { k: 10, minScore: EVERY })).toBe(backend.name !== 'reference');
    corpus.free();
  },
);

describe('a filter that keeps everything is no filter', () => {
  const [rows, dim] = [20_000, 64];
  /** The part of all rows that may be left after eight bits: a cluster of twelve, or next to nothing. */
  const KINDS = { clustered: 1 / 10, uniform: 1 / 100 };

  describe.each(Object.entries(KINDS))('of %s rows', (kind, most) => {
    const random = new Random('kept');
    const data = ENCODED_ROWS[kind](random, rows, dim);
    const queries = new Float32Array(32 * dim);
    for (let q = 0; q < 32; q++) queries.set(data.subarray(q * 600 * dim, (q * 600 + 1) * dim), q * dim);

    for (const { label, backend } of filtering) {
      it.each(BOUNDED_METRICS)(`%s on ${label} leaves few rows, and its counts add up`, (metric) => {
        const corpus = backend.openCorpus(dim, metric);
        corpus.append(data);
        expect(corpus.lastSearch).toBeUndefined();
        encodeAll(corpus);
        expect(corpus.encoder?.state?.rows).toBe(rows);
        const counts = [1, 8, 32];
        const asked = siftingWays(corpus).map(
          (way, n) => [way, counts[(n + BOUNDED_METRICS.indexOf(metric)) % 3]] as const,
        );
        for (const [way, count] of [...asked, ...counts.map((each) => [undefined, each] as const)]) {
          corpus.way = way;
          corpus.search(queries.subarray(0, count * dim), { k: 10, minScore: EVERY });
          const { coarse = count * rows, fine, scored, ...searched } = corpus.lastSearch ?? fail();
          // Rows this short may be scored as fast as they are sifted, also where a way is not open.
          if (!ON_EVERY_LEVEL.includes(way ?? '') && fine === undefined) continue;
          if (fine === undefined) fail();
          expect(searched).toEqual({ queries: count, rows });
          expect(scored).toBeGreaterThanOrEqual(count * 10);
          expect(scored).toBeLessThanOrEqual(fine);
          expect(fine).toBeLessThanOrEqual(coarse);
          expect(coarse).toBeLessThanOrEqual(count * rows);
          expect(fine).toBeLessThan(count * rows * most);
        }
        corpus.free();
      });

      it(`${label} counts rows that are scored because they are not encoded`, () => {
        const corpus = backend.openCorpus(dim, 'cosine');
        corpus.append(data);
        encodeAll(corpus);
        corpus.append(data.subarray(0, 3000 * dim));
        corpus.search(queries.subarray(0, dim), { k: 10, minScore: EVERY });
        expect(corpus.lastSearch?.scored).toBeGreaterThanOrEqual(3000);
        corpus.free();
      });
    }
  });
});

describe('the attacks can fail', () => {
  const lies: Record<string, (encoding: Encoding) => Encoding> = {
    'bounds of 97 hundredths': (encoding) => ({ ...encoding, strips: boundsTimes(encoding.strips, 0.97) }),
    'bounds of nine tenths': (encoding) => ({ ...encoding, strips: boundsTimes(encoding.strips, 0.9) }),
    'bounds of a hundredth': (encoding) => ({ ...encoding, strips: boundsTimes(encoding.strips, 0.01) }),
    'codes of other rows': (encoding) => ({ ...encoding, high: encoding.high.map((byte) => byte ^ 0x31) }),
  };
  const aligned = Object.keys(ATTACKS).filter((each) => each.includes('all err along'));

  for (const { label, backend } of filtering) {
    describe.each(Object.keys(lies))(`%s on ${label}`, (lie) => {
      it('are refused', () => {
        for (const name of aligned) {
          const { honest, encoding, made } = honestly(backend, name);
          expect(() => adopt(honest, lies[lie](encoding))).toThrow('does not belong to these rows');
          expect(() => adopt(open(backend.openCorpus, 'dot', made, 1), lies[lie](encoding))).toThrow('wrong for rows');
        }
      });

      it('change the answer to each aligned attack where no sample is taken', () => {
        for (const name of aligned) {
          const { honest, encoding, made } = honestly(backend, name);
          const liar = open(backend.openCorpus, 'dot', made, 1);
          adopt(liar, whereNotSampled(encoding, lies[lie](encoding)));
          const [right, wrong] = [honest, liar].map((corpus) => {
            [corpus.way] = siftingWays(corpus);
            return corpus.search(made.queries.subarray(0, made.dim), { k: 10, minScore: EVERY });
          });
          expect(wrong.positions, name).not.toEqual(right.positions);
        }
      });
    });

    it(`an encoding that is true changes nothing on ${label}`, () => {
      const made = attack('eight bits that all err along the query');
      const corpus = open(backend.openCorpus, 'dot', made, 1);
      encodeAll(corpus);
      const other = open(backend.openCorpus, 'dot', made, 1);
      adopt(other, encodingOf(corpus) ?? fail());
      expect(other.encoder?.state).toEqual(corpus.encoder?.state);
      const options = { k: 10, minScore: EVERY };
      expect(other.search(made.queries, options)).toEqual(corpus.search(made.queries, options));
    });
  }

  it('the aligned attacks estimate the best rows as worse than the others', () => {
    for (const name of aligned) {
      const made = attack(name);
      const corpus = open(reference.openCorpus, 'dot', made, 1);
      const { positions } = corpus.search(made.queries.subarray(0, made.dim), { k: 20, minScore: EVERY });
      expect([...positions].every((position) => position % 8 === 4)).toBe(true);
    }
  });
});

type OpenCorpus = typeof reference.openCorpus;

function honestly({ openCorpus }: { openCorpus: OpenCorpus }, name: string) {
  const made = attack(name);
  const honest = open(openCorpus, 'dot', made, 1);
  encodeAll(honest);
  const encoding = encodingOf(honest) ?? fail();
  // Another mode would not leave aligned what is.
  expect(encoding.mode).toBe(name.includes('around a mean') ? 'centred' : 'raw');
  return { made, honest, encoding };
}

/** The truth about the 16 strips that are looked at, and the lie about the others. */
function whereNotSampled(truth: Encoding, lie: Encoding): Encoding {
  const count = truth.rows / 32;
  const sampled = new Set(Array.from({ length: 16 }, (_, n) => Math.floor((n * count) / 16)));
  expect(count).toBeGreaterThan(2 * sampled.size);
  const mixed = <T extends Float64Array | Uint8Array>(honest: T, false_: T): T => {
    const perStrip = honest.length / count;
    return honest.map((value, i) => (sampled.has(Math.floor(i / perStrip)) ? value : false_[i])) as T;
  };
  return { ...truth, strips: mixed(truth.strips, lie.strips), high: mixed(truth.high, lie.high) };
}

/** The ways that look at encoded rows; a level without the kernels of one goes another. */
/** The answers to the first queries, of `found.stride` rows each, are the first ones of `truth`. */
function expectBeginning(found: TopRows, truth: TopRows, queries: number, situation: string): void {
  for (let q = 0; q < queries; q++) {
    const count = Math.min(found.stride, truth.counts[q]);
    if (found.counts[q] !== count) expect.fail(`${situation}: query ${q} found ${found.counts[q]} rows, not ${count}`);
    for (let n = 0; n < count; n++) {
      const [at, right] = [q * found.stride + n, q * truth.stride + n];
      if (found.positions[at] === truth.positions[right] && Object.is(found.scores[at], truth.scores[right])) continue;
      expect.fail(
        `${situation}: query ${q} has row ${found.positions[at]} (${found.scores[at]}) in place ${n}, ` +
          `where row ${truth.positions[right]} (${truth.scores[right]}) is right`,
      );
    }
  }
}

/** Strips whose bounds on what rounding lost are multiplied. */
function boundsTimes(strips: Float64Array, factor: number): Float64Array {
  return strips.map((cell, i) => (i % 5 === 2 || i % 5 === 3 ? cell * factor : cell));
}

function fail(): never {
  throw new Error('nothing is told');
}
