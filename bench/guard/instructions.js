/**
 * `npm run bench:instructions -- --base COMMIT`: which of two commits needs more instructions for a handful of searches.
 * Valgrind's callgrind counts them. The count of one binary is the same however busy the machine is, so it shows changes
 * that no clock can. It says nothing about memory, and nothing about AVX-512: valgrind runs no more than AVX2.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildBoth, commitOf, HEAD } from './base.js';
import { instructionsOf } from './callgrind.js';
import { CASES } from './counted-case.js';

const COUNTED = fileURLToPath(new URL('counted-case.js', import.meta.url));
const ADDON = 'kindred.node';

/** Counts repeat but for what allocation and hashing by address do to them: well below this share. */
const NOISE = 0.002;

const HELP = `npm run bench:instructions -- --base COMMIT [options]

Builds COMMIT in a worktree of its own, then counts the instructions that its addon and this checkout's addon execute for a
few small searches. Needs valgrind. Each count takes some ten seconds.

Options
  --base COMMIT  what to compare with, as git names it
  --level NAME   a native level that valgrind can run: avx2 (the default) or scalar
  --as-built     does not build this checkout first
  --help         this text

Exit code 2 if there is nothing to compare; otherwise 0: a count is something to look at, not a verdict.`;

try {
  main();
} catch (error) {
  console.error(`${error.message}\nnpm run bench:instructions -- --help lists what there is.`);
  process.exitCode = 2;
}

function main() {
  const { values } = parseArgs({
    options: {
      base: { type: 'string' },
      level: { type: 'string', default: 'avx2' },
      'as-built': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const commit = commitOf(values.base);
  if (spawnSync('valgrind', ['--version']).status !== 0) throw new Error('valgrind is not installed');
  const base = buildBoth({ base: values.base, commit, isHeadBuilt: values['as-built'] });
  const before = countsOf(base, values.level);
  const after = countsOf(HEAD, values.level);
  const width = Math.max(...Object.keys(after).map((label) => label.length));
  const line = (label, ...cells) => console.log(`  ${label.padEnd(width)}${cells.map((c) => c.padStart(15)).join('')}`);
  line('', values.base.slice(0, 12), 'checkout', 'ratio');
  for (const [label, count] of Object.entries(after)) {
    const ratio = count / before[label];
    const word = Math.abs(ratio - 1) < NOISE ? 'same' : ratio.toFixed(3);
    line(label, before[label].toLocaleString('en'), count.toLocaleString('en'), word);
  }
}

/** Instructions of each case in one build's addon, without those that only make its index. */
function countsOf(tree, level) {
  const prepared = new Map();
  return Object.fromEntries(
    Object.entries(CASES).map(([label, { index }]) => {
      if (!prepared.has(index)) prepared.set(index, countOf(tree, level, label, 'prepare'));
      return [label, countOf(tree, level, label, 'run') - prepared.get(index)];
    }),
  );
}

/** Instructions that the addon executes in one process. */
function countOf(tree, level, label, step) {
  console.error(`  ${tree === HEAD ? 'checkout' : 'base'}: ${label}, ${step}`);
  const folder = mkdtempSync(join(tmpdir(), 'kindred-instructions-'));
  try {
    const out = join(folder, 'callgrind.out');
    const { status, stderr } = spawnSync(
      'valgrind',
      ['--tool=callgrind', `--callgrind-out-file=${out}`, process.execPath, COUNTED, tree, level, label, step],
      { encoding: 'utf8', maxBuffer: 2 ** 26 },
    );
    if (status !== 0)
      throw new Error(`${label} failed under valgrind: ${stderr.trim().split('\n').slice(-3).join('; ')}`);
    return instructionsOf(readFileSync(out, 'utf8'), ADDON);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
