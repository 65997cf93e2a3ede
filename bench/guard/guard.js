/** `npm run bench:guard -- --base COMMIT`: is this checkout slower than that commit? Both are timed in turns. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { duration } from '../report/table.js';
import { buildBoth, commitOf, HEAD } from './base.js';
import { confirmed, middle, THRESHOLD, verdict } from './rule.js';

const WORKER = fileURLToPath(new URL('worker.js', import.meta.url));

/** How the conclusion on a case begins that this checkout cannot run. */
const FAILS = 'fails here';

const HELP = `npm run bench:guard -- --base COMMIT [options]

Builds COMMIT in a worktree of its own, then times a small set of cases on it and on this checkout in turns (ABAB...), each
time in a fresh process. A case is slower if its medians differ by more than ${THRESHOLD * 100} % and the quartile ranges do not overlap,
in two rounds. Keep the machine quiet meanwhile.

Options
  --base COMMIT  what to compare with, as git names it
  --runs N       processes of each build in a round (7)
  --as-built     does not build this checkout first
  --quick        small data and little time: shows that it runs, not which is faster
  --help         this text

Exit code 1 if something is slower or fails in this checkout, 2 if there is nothing to compare.`;

const options = readOptions();
if (options.help) console.log(HELP);
else process.exitCode = main();

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        base: { type: 'string' },
        runs: { type: 'string', default: '7' },
        'as-built': { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return values;
    const runs = Number(values.runs);
    if (!Number.isSafeInteger(runs) || runs < 3) throw new Error(`--runs takes an integer from 3, not ${values.runs}`);
    return { ...values, runs, commit: commitOf(values.base) };
  } catch (error) {
    console.error(`${error.message}\nnpm run bench:guard -- --help lists what there is.`);
    process.exit(2);
  }
}

function main() {
  try {
    const { base, commit, 'as-built': isHeadBuilt } = options;
    return compare(buildBoth({ base, commit, isHeadBuilt }), HEAD);
  } catch (error) {
    console.error(`cannot compare: ${error.message}`);
    return 2;
  }
}

/** Two rounds: the second only for the cases in which the first saw a change. */
function compare(base, head) {
  const first = round(base, head, []);
  const changed = first.filter((each) => ['slower', 'faster'].includes(each.verdict));
  if (changed.length > 0) console.error('second round, for what seems to have changed');
  const again =
    changed.length === 0
      ? []
      : round(
          base,
          head,
          changed.map(({ label }) => label),
        );
  const rows = first.map((each) => {
    const second = again.find(({ label }) => label === each.label);
    const verdicts = [each.verdict, ...(second ? [second.verdict] : [])];
    return { ...each, second, conclusion: each.error ?? second?.error ?? confirmed(verdicts) };
  });
  print(rows);
  return rows.some(({ conclusion }) => conclusion === 'slower' || conclusion.startsWith(FAILS)) ? 1 : 0;
}

/** Base, head, base, head...: what else the machine does meets both alike. */
function round(base, head, labels) {
  const seconds = { base: {}, head: {} };
  const errors = {};
  for (let run = 0; run < options.runs; run++) {
    const answers = { base: measured(base, labels), head: measured(head, labels) };
    if (answers.base.backend !== answers.head.backend) {
      throw new Error(`the base runs on ${answers.base.backend}, this checkout on ${answers.head.backend}`);
    }
    for (const [side, { results }] of Object.entries(answers)) {
      for (const [label, { seconds: each, error }] of Object.entries(results)) {
        if (error !== undefined) {
          // What the base cannot do yet is nothing to compare; what this checkout cannot is a fault of it.
          if (side === 'head') errors[label] = `${FAILS}: ${error}`;
          else errors[label] ??= `not compared, ${options.base} fails: ${error}`;
        }
        seconds[side][label] ??= [];
        seconds[side][label].push(each);
      }
    }
    console.error(`  ${run + 1} of ${options.runs}`);
  }
  return Object.keys(seconds.head).map((label) => {
    if (errors[label] !== undefined) return { label, error: errors[label] };
    const [a, b] = [seconds.base[label], seconds.head[label]];
    return { label, base: middle(a), head: middle(b), verdict: verdict(a, b) };
  });
}

function measured(tree, labels) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [WORKER, tree, options.quick ? 'quick' : 'full', ...labels],
    { encoding: 'utf8', maxBuffer: 2 ** 24 },
  );
  if (status !== 0) throw new Error(`a process on ${tree} failed: ${stderr.trim().split('\n').at(-1)}`);
  return JSON.parse(stdout);
}

function print(rows) {
  const width = Math.max(...rows.map(({ label }) => label.length));
  const line = (label, ...cells) => `  ${label.padEnd(width)}${cells.map((each) => `  ${each.padStart(9)}`).join('')}`;
  console.log(line('', options.base.slice(0, 9), 'checkout', 'ratio', '2nd round', ''));
  for (const { label, base, head, second, conclusion, error } of rows) {
    if (error !== undefined || second?.error !== undefined) console.log(`  ${label.padEnd(width)}  ${conclusion}`);
    else {
      const again = second === undefined ? '' : (second.head / second.base).toFixed(2);
      console.log(line(label, duration(base), duration(head), (head / base).toFixed(2), again, conclusion));
    }
  }
}
