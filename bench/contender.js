/** The process that run.js forks for one step: prepares a case's data, or checks and times one contender. */
import { cases } from './cases/index.js';
import { sample } from './measure.js';

process.once('message', async (job) => {
  let result;
  try {
    result = job.contender === undefined ? await prepare(job) : await measure(job);
  } catch (error) {
    result = { error: error instanceof Error ? error.message : String(error) };
  }
  process.send(result, () => process.exit());
});

async function prepare({ caseName, size, folder }) {
  await caseNamed(caseName).prepare(size, folder);
  return {};
}

async function measure({ caseName, size, folder, isQuick, levels, contender }) {
  const chosen = caseNamed(caseName)
    .contenders({ levels, size })
    .find(({ name }) => name === contender);
  const { samples, run, check, units = 1 } = await chosen.open({ size, folder, isQuick });
  if (samples) return { samples };
  const before = performance.now();
  const answer = run();
  const firstCall_s = (performance.now() - before) / 1000;
  const digest = check(answer);
  return { samples: sample(run, { units, firstCall_s, isQuick }), digest };
}

function caseNamed(wanted) {
  return cases.find(({ name }) => name === wanted);
}
