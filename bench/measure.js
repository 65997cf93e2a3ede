/** Times one function with the package `benchmark` and sums samples up: median and spread. */
import Benchmark from 'benchmark';

/** What a timed function returned last, kept where an optimiser cannot tell that nobody reads it. */
export const sink = { value: undefined };

/** A single call longer than this is timed fewer times; the result then says how many. */
const LONG_CALL_S = 5;
const VERY_LONG_CALL_S = 20;

/**
 * Seconds per unit of `run`, which does `units` of them per call. `firstCall_s` is how long the checked call took.
 * @returns the samples; benchmark.js chooses how many calls make one
 */
export function sample(run, { units, firstCall_s, isQuick }) {
  const minSamples = firstCall_s > VERY_LONG_CALL_S ? 1 : firstCall_s > LONG_CALL_S ? 3 : 5;
  const benchmark = new Benchmark({
    fn: () => {
      sink.value = run();
    },
    minSamples,
    maxTime: isQuick ? 0.02 : minSamples < 5 ? 0 : 4,
    // Samples of 50 ms (benchmark.js's own choice) in a full run.
    minTime: isQuick ? 0.001 : 0,
  });
  benchmark.run({ async: false });
  if (benchmark.error) throw benchmark.error;
  return benchmark.stats.sample.map((seconds) => seconds / units);
}

/**
 * Seconds of each call of an asynchronous function: few calls, since each is long. `after` undoes one, outside of the
 * time.
 */
export async function sampleAsync(run, { isQuick, after = () => {} }) {
  const samples = [];
  let total_s = 0;
  while (samples.length < (isQuick ? 2 : 5) || (total_s < (isQuick ? 0 : 2) && samples.length < 50)) {
    const before = performance.now();
    const value = await run();
    const seconds = (performance.now() - before) / 1000;
    await after(value);
    samples.push(seconds);
    total_s += seconds;
  }
  return samples;
}

/** The median, the quartiles, and half of their distance relative to the median: how far a typical sample is off. */
export function summarize(samples) {
  const sorted = Float64Array.from(samples).sort();
  const median = quantile(sorted, 0.5);
  const quartiles = [quantile(sorted, 0.25), quantile(sorted, 0.75)];
  return {
    median,
    quartiles,
    spread: (quartiles[1] - quartiles[0]) / 2 / median,
    best: sorted[0],
    samples: sorted.length,
  };
}

export function quantile(sorted, share) {
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}
