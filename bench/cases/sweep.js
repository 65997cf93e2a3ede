/** Case `sweep`: time per query over the number of queries in a batch. No batch may cost more per query than a smaller. */
import { digest, expectSameBits } from '../check.js';
import { writeVectors } from '../data.js';
import { summarize } from '../measure.js';
import { K, loadSearch, openIndex } from '../search.js';
import { shape, sizesOf } from '../sizes.js';

const QUERIES = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 100, 128, 200, 400, 1000, 2000];

/** A longer batch may take this much more per query than a shorter one: noise, and a strip that is not full. */
const ALLOWED_RISE = 1.1;

/** Batches of all sizes take turns, so that a slow minute meets all of them. */
const ROUNDS = 7;
/** A sample is as many calls as fill this time. */
const SAMPLE_S = 0.02;
/** After this time fewer rounds have to do. */
const LONGEST_S = 60;

export const sweep = {
  name: 'sweep',
  about: `exact top ${K} by cosine: time per query of batches of 1 to ${QUERIES.at(-1)}; listed is the largest batch`,
  checked: 'every batch finds what the largest does, bit for bit, and all levels alike',
  sizes: (options) =>
    sizesOf(
      options.quick
        ? [{ rows: 1000, dim: 64, queries: 16 }]
        : [64, 384, 768].map((dim) => ({ rows: 50_000, dim, queries: QUERIES.at(-1) })),
      options,
      shape,
    ),
  prepare(size, folder) {
    writeVectors(folder, size);
    writeVectors(folder, { ...size, rows: size.queries }, 1);
  },
  contenders: ({ levels }) =>
    levels
      .filter((level) => !level.endsWith('/scalar'))
      .flatMap((level) =>
        ['auto', 'none'].map((encode) => ({
          name: `kindred ${level}${encode === 'none' ? ', encode none' : ''}`,
          isKindred: true,
          level,
          threads: 1,
          open: (input) => curveOf(input, level, { encode, threads: 1 }),
        })),
      ),
};

function curveOf(input, level, options) {
  const { index } = openIndex(input, level, options);
  const { queries } = loadSearch(input);
  const { dim } = input.size;
  const batches = QUERIES.filter((many) => many <= input.size.queries).map((many) => {
    const some = queries.subarray(0, many * dim);
    return { many, run: () => index.searchBatch(some, K), samples: [] };
  });
  const whole = batches.at(-1).run();
  for (const { many, run } of batches) {
    const { positions, scores } = run();
    expectSameBits(`rows found by ${many} queries`, positions, whole.positions.subarray(0, positions.length));
    expectSameBits(`scores found by ${many} queries`, scores, whole.scores.subarray(0, scores.length));
  }
  const started = performance.now();
  const isLate = () => performance.now() - started > LONGEST_S * 1000;
  for (let round = 0; round < (input.isQuick ? 2 : ROUNDS) && !(round > 2 && isLate()); round++) {
    for (const { many, run, samples } of batches) samples.push(secondsPerCall(run, input.isQuick) / many);
  }
  const curve = batches.map(({ many, samples }) => ({ queries: many, ...summarize(samples) }));
  return {
    samples: batches.at(-1).samples,
    curve,
    note: riseOf(curve),
    digest: digest(whole.counts, whole.positions, whole.scores),
  };
}

function secondsPerCall(run, isQuick) {
  const started = performance.now();
  let calls = 0;
  let spent_s = 0;
  while (calls === 0 || spent_s < (isQuick ? 0 : SAMPLE_S)) {
    run();
    calls++;
    spent_s = (performance.now() - started) / 1000;
  }
  return spent_s / calls;
}

/** Where a batch costs more per query than the cheapest smaller one, and by how much. */
export function riseOf(curve) {
  const rises = curve.flatMap(({ queries, median }, n) => {
    const least = curve.slice(0, n).reduce((a, b) => (b.median < a.median ? b : a), curve[0]);
    return median > ALLOWED_RISE * least.median
      ? [`${queries} queries take ${(median / least.median).toFixed(2)}x of ${least.queries}`]
      : [];
  });
  return rises.length === 0 ? 'never rises' : `RISES: ${rises.join(', ')}`;
}
