/** `npm run bench`: runs the cases, each contender in a process of its own, prints tables and writes JSON. */
import { fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cases } from './cases/index.js';
import { absentPeerLines, environmentLines, readEnvironment } from './environment.js';
import { summarize } from './measure.js';
import { duration, table } from './table.js';

const CONTENDER = fileURLToPath(new URL('contender.js', import.meta.url));
const RESULTS = fileURLToPath(new URL('results', import.meta.url));

const HELP = `npm run bench -- [options] [case...]

Checks and times kindred and, where installed, others. Without a case, all of them:
${cases.map(({ name, about }) => `  ${name.padEnd(8)} ${about}`).join('\n')}

Options
  --quick        smaller data and little time: shows that everything runs, not how fast
  --size TEXT    only the sizes whose label contains TEXT, e.g. --size 768
  --only TEXT    only the contenders whose name contains TEXT, e.g. --only kindred
  --out FILE     where the JSON goes (bench/results/latest.json; with --quick quick.json)
  --json         prints the JSON to stdout, and nothing else
  --help         this text

Exit code 1 if an answer was wrong or a contender failed, 2 if the options make no sense.`;

const options = readOptions();
if (options.help) console.log(HELP);
else await main();

function readOptions() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        size: { type: 'string', default: '' },
        only: { type: 'string', default: '' },
        out: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const unknown = positionals.find((wanted) => !cases.some(({ name }) => name === wanted));
    if (unknown !== undefined) {
      throw new Error(`there is no case ${JSON.stringify(unknown)}, but ${cases.map(({ name }) => name).join(', ')}`);
    }
    const chosen = positionals.length === 0 ? cases : cases.filter(({ name }) => positionals.includes(name));
    const out = values.out ?? join(RESULTS, values.quick ? 'quick.json' : 'latest.json');
    return { ...values, out, chosen };
  } catch (error) {
    console.error(`${error.message}\nnpm run bench -- --help lists what there is.`);
    process.exit(2);
  }
}

async function main() {
  // Results go to stdout, unless that is kept for JSON; progress to stderr.
  const print = options.json ? () => {} : (line = '') => console.log(line);
  const environment = readEnvironment();
  for (const line of environmentLines(environment)) print(line);
  for (const line of absentPeerLines(environment)) print(line);
  if (options.quick) print('QUICK: shows that everything runs. These are no measurements.');

  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));

  const results = [];
  for (const each of options.chosen) {
    for (const size of each.sizes(options.quick).filter(({ label }) => label.includes(options.size))) {
      const found = await runCase(each, size, folder, environment);
      if (found.length === 0) continue;
      results.push(...found);
      print();
      print(`${each.name}: ${each.about}; ${size.label}`);
      for (const line of table(found)) print(line);
    }
  }
  if (results.length === 0) {
    console.error('Nothing was chosen: no size or contender has the text asked for.');
    process.exit(2);
  }
  const failed = results.filter(({ error }) => error !== undefined);
  const checked = Object.fromEntries(options.chosen.map((each) => [each.name, each.checked]));
  const report = { environment, quick: options.quick, checked, results };
  mkdirSync(dirname(options.out), { recursive: true });
  writeFileSync(options.out, `${JSON.stringify(report, undefined, 1)}\n`);
  print();
  print('ratio: time relative to the first line of the table; above 1 is slower.');
  print(`All numbers are in ${relative(process.cwd(), options.out)}`);
  if (options.json) console.log(JSON.stringify(report));
  for (const { case: name, contender, error } of failed) console.error(`FAILED: ${name}, ${contender}: ${error}`);
  if (failed.length > 0) process.exitCode = 1;
}

/** One case at one size: data first, then contender after contender. */
async function runCase({ name, prepare: _, contenders }, size, folder, { candidates, peers }) {
  // The reference is the judge here, not a contender.
  const levels = candidates
    .filter((each) => each.ok && each.name !== 'reference')
    .map((each) => `${each.name}/${each.level}`);
  const present = contenders({ levels, size }).filter(
    (each) => each.name.includes(options.only) && (each.needs ?? []).every((peer) => peers[peer]),
  );
  if (present.length === 0) return [];
  const job = { caseName: name, size, folder, isQuick: options.quick, levels };
  progress(`${name}, ${size.label}: preparing data and the right answers`);
  const { error } = await inProcess(job);
  if (error !== undefined) return [{ case: name, size: size.label, contender: 'preparation', error }];

  const results = [];
  let digest;
  for (const [n, contender] of present.entries()) {
    progress(`${name}, ${size.label}: ${n + 1} of ${present.length}, ${contender.name}`);
    const result = await inProcess({ ...job, contender: contender.name });
    const entry = { case: name, size: size.label, contender: contender.name, isKindred: contender.isKindred ?? false };
    if (contender.isKindred) digest ??= result.digest;
    if (result.error === undefined && contender.isKindred && result.digest !== digest) {
      result.error = 'its answer differs from that of the first level, which must have the same bits';
    }
    if (result.error === undefined) Object.assign(entry, summarize(result.samples), { samples_s: result.samples });
    else entry.error = result.error;
    results.push(entry);
    if (entry.error === undefined) progress(`${name}, ${size.label}: ${contender.name}: ${duration(entry.median_s)}`);
  }
  progress('');
  return results;
}

/** Runs a job in a fresh process. What that prints is shown only if it dies. */
function inProcess(job) {
  return new Promise((resolve) => {
    const child = fork(CONTENDER, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    let answer;
    let printed = '';
    const keep = (text) => {
      printed = (printed + text).slice(-2000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('message', (message) => {
      answer = message;
    });
    child.once('close', (code, signal) => {
      resolve(answer ?? { error: `the process ended (${signal ?? `code ${code}`}): ${printed.trim()}` });
    });
    child.send(job);
  });
}

/** On a terminal one line that is overwritten; elsewhere a line for each step. */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`);
  else if (text !== '') process.stderr.write(`${text}\n`);
}
