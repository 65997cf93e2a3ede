/** Case `start`: from nothing to the first answer, in a fresh process each time. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../first-answer.js', import.meta.url));

export const start = {
  name: 'start',
  about: 'import of kindred to the first search answered, in a fresh process',
  checked: 'the row found and its score, the same for all',
  sizes: ({ quick }) => [{ label: '4 rows of 4', runs: quick ? 1 : 15 }],
  prepare() {},
  contenders: ({ levels }) =>
    [levels[0], levels.find((level) => level.startsWith('wasm')), 'reference']
      .filter((level, n, all) => level !== undefined && all.indexOf(level) === n)
      .map((level) => ({
        name: `kindred ${level}`,
        isKindred: true,
        open: ({ size }) => ({ samples: Array.from({ length: size.runs }, () => firstAnswer(level)) }),
      })),
};

function firstAnswer(level) {
  const env = { ...process.env, KINDRED_BACKEND: level };
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM], { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`the process failed: ${stderr.trim()}`);
  const { seconds, hit } = JSON.parse(stdout);
  if (hit.id !== 2 || hit.score !== 0.96) throw new Error(`the first answer was ${JSON.stringify(hit)}`);
  return seconds;
}
