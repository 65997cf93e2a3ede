/** The machine's own limits, which times are related to. `node bench/machine/limits.js` prints them. */
import { createRequire } from 'node:module';
import { totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { buildLimits, LIMITS } from './build-limits.js';

/** Working sets up to this are told apart; anything larger is read from memory alike. */
const LARGEST_BYTES = 2 ** 30;

/**
 * What measures the machine, built by `buildLimits`: `peaks(threads)` gives operations a second for each instruction
 * set (a multiply-add counts as two), `readBandwidth(bytes, threads)` bytes a second. Undefined where there is none.
 */
function instruments() {
  try {
    return createRequire(import.meta.url)(LIMITS);
  } catch {
    return undefined;
  }
}

/** Peaks and memory bandwidth for each number of threads; undefined if this build cannot measure them. */
export function measureLimits(threads) {
  const limits = instruments();
  if (limits === undefined) return undefined;
  const bytes = Math.min(LARGEST_BYTES, totalmem() / 8);
  return threads.map((count) => ({
    threads: count,
    memory: limits.readBandwidth(bytes, count),
    peaks: limits.peaks(count),
  }));
}

/** Bytes a second from wherever a working set of this size stays: a cache or memory. */
export function measureBandwidth(bytes, threads) {
  return instruments()?.readBandwidth(bytes, threads);
}

/** The power of two that stands for a working set: one measurement serves all that share it. */
export function footprintOf(bytes) {
  return Math.min(LARGEST_BYTES, 2 ** Math.ceil(Math.log2(Math.max(bytes, 2 ** 14))));
}

/**
 * The limit that governs some work, `{ bytes?, float32?, int8? }` (bytes read, operations): the resource that would
 * be busy longest. `level` narrows the peaks to the instruction sets that a native level may use; other programs may
 * use all.
 * @returns `{ name, seconds }`, or undefined where something needed was not measured
 */
export function governingLimit(work, { level, peaks, bandwidth }) {
  const usable = peaks.filter(({ name }) => mayUse(level, name));
  const best = (kind) => Math.max(0, ...usable.map((each) => each[kind] ?? 0));
  const speeds = {
    reading: bandwidth,
    float32: best('float32'),
    int8: best('int8'),
  };
  const needs = { reading: work.bytes ?? 0, float32: work.float32 ?? 0, int8: work.int8 ?? 0 };
  const needed = Object.keys(needs).filter((name) => needs[name] > 0);
  if (needed.length === 0 || !needed.every((name) => speeds[name] > 0)) return undefined;
  const times = needed.map((name) => ({ name, seconds: needs[name] / speeds[name] }));
  return times.reduce((slowest, each) => (each.seconds > slowest.seconds ? each : slowest));
}

/** Instruction sets that a native level may use: its integer dot product, or its tiles, make a level of their own. */
const OF_LEVEL = {
  scalar: ['scalar'],
  avx2: ['scalar', 'avx2'],
  'avx2-vnni': ['scalar', 'avx2', 'avx2-vnni'],
  avx512: ['scalar', 'avx2', 'avx512'],
  'avx512-vnni': ['scalar', 'avx2', 'avx2-vnni', 'avx512', 'avx512-vnni'],
  neon: ['scalar', 'neon'],
};

function mayUse(level, instructions) {
  return OF_LEVEL[level?.replace(/^native\//, '')]?.includes(instructions) ?? true;
}

/** The limits as lines of text. */
export function limitLines(limits) {
  if (limits === undefined) return ['limits    not measured: what measures them could not be built'];
  return limits.map(({ threads, memory, peaks }) => {
    const best = (kind) => Math.max(0, ...peaks.map((each) => each[kind] ?? 0));
    const giga = (value, unit) => (value > 0 ? `${(value / 1e9).toFixed(0)} ${unit}` : 'not measured');
    const many = `${threads} thread${threads === 1 ? '' : 's'}`;
    return (
      `limits    ${many}: memory ${giga(memory, 'GB/s')}, float32 ${giga(best('float32'), 'GFLOP/s')}, ` +
      `int8 ${giga(best('int8'), 'Gop/s')}`
    );
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  buildLimits();
  const limits = measureLimits([1, 2]);
  for (const line of limitLines(limits)) console.log(line);
  for (const { threads, peaks } of limits ?? []) {
    for (const { name, float32, int8 } of peaks) {
      const shown = Object.entries({ float32, int8 }).flatMap(([kind, value]) =>
        value === undefined ? [] : [`${kind} ${(value / 1e9).toFixed(0)}`],
      );
      console.log(`          ${name}, ${threads}: ${shown.join(', ')} G a second`);
    }
  }
}
