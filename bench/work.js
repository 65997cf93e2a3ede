/** One step of a run: prepares a case's data, checks and times one contender, or measures limits. */
import { cases } from './cases/index.js';
import { measureBandwidth, measureLimits } from './machine/limits.js';
import { sample } from './measure.js';
import { Unavailable } from './unavailable.js';

/** What came of a job; never rejects: an error is `{ error }`, what this build has not `{ unavailable }`. */
export async function work(job) {
  try {
    return await step(job);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return error instanceof Unavailable ? { unavailable: message } : { error: message };
  }
}

function step(job) {
  if (job.limits !== undefined) return { limits: measureLimits(job.limits) };
  if (job.footprint !== undefined) return { bandwidth: measureBandwidth(job.footprint, job.threads) };
  return job.contender === undefined ? prepare(job) : measure(job);
}

async function prepare({ caseName, size, folder }) {
  await caseNamed(caseName).prepare(size, folder);
  return {};
}

async function measure({ caseName, size, folder, isQuick, levels, threads, contender }) {
  const chosen = caseNamed(caseName)
    .contenders({ levels, size, threads })
    .find(({ name }) => name === contender);
  const opened = await chosen.open({ size, folder, isQuick });
  const { samples, run, check, units = 1, work, limit, note, digest, curve } = opened;
  const textOf = () => (typeof note === 'function' ? note() : note);
  if (samples) return { samples, work, limit, note: textOf(), digest, curve };
  const before = performance.now();
  const answer = run();
  const firstCall_s = (performance.now() - before) / 1000;
  const found = check(answer);
  return { samples: sample(run, { units, firstCall_s, isQuick }), work, limit, note: textOf(), digest: found };
}

function caseNamed(wanted) {
  return cases.find(({ name }) => name === wanted);
}
