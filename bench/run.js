/** `npm run bench`: runs the cases, each contender in a process of its own, prints tables and writes JSON. */
import { fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildLimits } from './machine/build-limits.js';
import { absentPeerLines, environmentLines, machineLine, readEnvironment } from './machine/environment.js';
import { footprintOf, governingLimit, limitLines } from './machine/limits.js';
import { summarize } from './measure.js';
import { HELP, readOptions } from './options.js';
import { chart } from './report/chart.js';
import { curves } from './report/curves.js';
import { amount, table, withBestPeers } from './report/table.js';
import { work } from './work.js';

const CONTENDER = fileURLToPath(new URL('contender.js', import.meta.url));

/** Bandwidth by working set and threads, as promises of what `work.js` measured. */
const bandwidths = new Map();
const options = optionsOrExit();
if (options.help) console.log(HELP);
else await main();

function optionsOrExit() {
  try {
    return readOptions(process.argv.slice(2));
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
  else {
    progress("building what measures the machine's limits");
    buildLimits();
    progress("measuring the machine's limits");
    environment.limits = (await inFreshProcess({ limits: options.threads })).limits;
    progress('');
    for (const line of limitLines(environment.limits)) print(line);
  }

  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));

  const results = [];
  for (const each of options.chosen) {
    for (const size of each.sizes(options).filter(({ label }) => label.includes(options.size))) {
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
  const report = write(environment, results);
  print();
  print(
    'ratio: relative to the first line of the table; limit: relative to what the machine could do. Above 1 is slower.',
  );
  print(`All numbers are in ${relative(process.cwd(), options.out)}`);
  if (options.json) console.log(JSON.stringify(report));
  const failed = results.filter(({ error }) => error !== undefined);
  for (const { case: name, contender, error } of failed) console.error(`FAILED: ${name}, ${contender}: ${error}`);
  if (failed.length > 0) process.exitCode = 1;
}

/** The JSON, and beside it a chart for each case. */
function write(environment, results) {
  const checked = Object.fromEntries(options.chosen.map((each) => [each.name, each.checked]));
  const report = { environment, quick: options.quick, checked, results };
  mkdirSync(dirname(options.out), { recursive: true });
  // A line for each result: readable, and small where two runs are compared.
  const { results: _, ...about } = report;
  const lines = results.map((result) => `  ${JSON.stringify(result)}`).join(',\n');
  const head = JSON.stringify(about, undefined, 1).replace(/\n\}$/, '');
  writeFileSync(options.out, `${head},\n "results": [\n${lines}\n ]\n}\n`);
  for (const { name, about: title } of options.charts ? options.chosen : []) {
    const found = results.filter((result) => result.case === name);
    const groups = [...new Set(found.map(({ size }) => size))].map((label) => ({
      label,
      results: found.filter(({ size }) => size === label),
    }));
    const picture = { title: `${name}: ${title}`, groups, machine: machineLine(environment) };
    const svg = curves(picture) ?? chart(picture);
    if (svg !== undefined) writeFileSync(join(dirname(options.out), `${name}.svg`), svg);
  }
  return report;
}

/** One case at one size: data first, then contender after contender. */
async function runCase({ name, prepare: _, contenders, unit = 's' }, size, folder, { candidates, peers, limits }) {
  // The reference is the judge here, not a contender.
  const levels = candidates
    .filter((each) => each.ok && each.name !== 'reference')
    .map((each) => `${each.name}/${each.level}`);
  const present = contenders({ levels, size, threads: options.threads }).filter(
    (each) =>
      options.only.split(',').some((text) => each.name.includes(text)) &&
      (each.needs ?? []).every((peer) => peers[peer]),
  );
  if (present.length === 0) return [];
  const job = { caseName: name, size, folder, isQuick: options.quick, levels, threads: options.threads };
  progress(`${name}, ${size.label}: preparing data and the right answers`);
  const { error } = await perform(job);
  if (error !== undefined) return [{ case: name, size: size.label, contender: 'preparation', error }];

  const results = [];
  let digest;
  for (const [n, contender] of present.entries()) {
    progress(`${name}, ${size.label}: ${n + 1} of ${present.length}, ${contender.name}`);
    const result = await perform({ ...job, contender: contender.name });
    const { isKindred = false, level, threads, isPart, hold } = contender;
    const entry = { case: name, size: size.label, contender: contender.name, isKindred, level, threads, isPart, hold };
    if (contender.isKindred) digest ??= result.digest;
    if (result.digest !== undefined && contender.isKindred && result.digest !== digest) {
      result.error = 'its answer differs from that of the first level, which must have the same bits';
    }
    if (result.error !== undefined) entry.error = result.error;
    else if (result.unavailable !== undefined) entry.unavailable = result.unavailable;
    else {
      Object.assign(entry, rounded(summarize(result.samples)), { unit, note: result.note });
      if (result.curve) entry.curve = rounded(result.curve);
      entry.ratio = rounded(entry.median / (results.find(({ median }) => median !== undefined) ?? entry).median);
      entry.limit = await limitOf(contender, result, entry.median, limits);
    }
    results.push(entry);
    if (entry.median !== undefined)
      progress(`${name}, ${size.label}: ${contender.name}: ${amount(entry.median, unit)}`);
  }
  progress('');
  return withBestPeers(results).map(({ bestPeer, ...each }) => ({
    ...each,
    ...(bestPeer && { bestPeer: { ...bestPeer, ratio: rounded(bestPeer.ratio) } }),
  }));
}

/** How far a result is from the limit that governs it: one it brings along, or one of this machine. */
async function limitOf({ level, threads = 1 }, { work, limit }, median, limits) {
  if (limit !== undefined) return { name: limit.name, ratio: rounded(median / limit.value) };
  const measured = limits?.find((each) => each.threads === threads);
  if (work === undefined || measured === undefined) return undefined;
  const bandwidth = work.bytes > 0 ? await bandwidthOf(footprintOf(work.footprint ?? work.bytes), threads) : 0;
  const governing = governingLimit(work, { level, bandwidth, ...measured });
  return governing && { name: governing.name, ratio: rounded(median / governing.seconds) };
}

/** Measured once for each working set. */
function bandwidthOf(footprint, threads) {
  const key = `${footprint} ${threads}`;
  if (!bandwidths.has(key)) bandwidths.set(key, inFreshProcess({ footprint, threads }));
  return bandwidths.get(key).then(({ bandwidth }) => bandwidth ?? 0);
}

/** Four significant digits, in numbers, arrays and objects: more would be noise. */
function rounded(value) {
  if (typeof value === 'number') return Number(value.toPrecision(4));
  if (Array.isArray(value)) return value.map(rounded);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, rounded(each)]));
}

/**
 * Does a job in a fresh process, so that no contender meets what another has left; if times do not matter, in this
 * one.
 */
function perform(job) {
  return options.quick ? work(job) : inFreshProcess(job);
}

/** What the process prints is shown only if it dies. */
function inFreshProcess(job) {
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
