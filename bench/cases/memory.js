/** Case `memory`: bytes, not seconds. */
import { readFileSync, writeFileSync } from 'node:fs';
import { VectorIndex } from 'kindred';
import { readRaw, writeVectors } from '../data.js';
import { expectOptions, loadSearch } from '../search.js';
import { count, shape, sizesOf } from '../sizes.js';
import { Unavailable } from '../unavailable.js';

const ELEMENT_BYTES = { float32: 4, float64: 8, float16: 2, bfloat16: 2, int8: 1 };
const K = 10;

export const memory = {
  name: 'memory',
  about: 'bytes of an index per row; what the process takes in all, and a batch of searches at its peak',
  checked: 'sizes only: nothing is timed',
  unit: 'B',
  sizes: (options) =>
    sizesOf(
      [{ rows: options.quick ? 2048 : 100_000, dim: options.quick ? 384 : 768, data: 'clustered', queries: 200 }],
      options,
      shape,
    ),
  prepare: (size, folder) => {
    writeVectors(folder, size);
    writeVectors(folder, { ...size, rows: size.queries }, 1);
  },
  contenders: ({ levels }) =>
    Object.keys(ELEMENT_BYTES).flatMap((dtype) =>
      ['auto', 'none'].map((encode) => ({
        name: `kindred ${levels[0] ?? 'reference'}, ${dtype}${encode === 'none' ? ', encode none' : ''}`,
        isKindred: true,
        open: (input) => measure(input, { dtype, encode, backend: levels[0] ?? 'reference' }),
      })),
    ),
};

function measure(input, options) {
  const { size } = input;
  const { dim, rows: many } = size;
  const index = new VectorIndex({ dim, metric: 'cosine', ...options });
  const given = index.stats().dtype ?? 'float32';
  if (given !== options.dtype) throw new Unavailable(`dtype ${options.dtype} is not available in this build`);
  expectOptions(index, options);
  const before = residentBytes();
  fill(index, input, options.dtype);
  const queries = queriesOf(input, options.dtype);
  const withIndex = residentBytes();
  const peak = peakDuring(() => index.searchBatch(queries, K));
  const { bytes, encoding } = index.stats();
  const megabytes = (value) => (value === undefined ? 'not measured' : `${(value / 1e6).toFixed(0)} MB`);
  return {
    samples: [bytes / many],
    // What is promised: the rows, a byte for each value of an encoded copy, and 16 bytes.
    limit: { name: 'promised', value: dim * (ELEMENT_BYTES[options.dtype] + (options.encode === 'auto' ? 1 : 0)) + 16 },
    note: [
      encoding?.mode ?? 'not encoded',
      `process +${megabytes(withIndex - before)} with ${count(many)} rows`,
      `+${megabytes(peak)} in a batch of ${size.queries}`,
    ].join(', '),
  };
}

/** In blocks, so that what is read on the way is no large part of what the process takes. */
function fill(index, { size, folder }, dtype) {
  const name = writeVectors(folder, size);
  const data = readRaw(folder, name, Float32Array);
  const block = 4096 * size.dim;
  for (let at = 0; at < data.length; at += block) index.addMany(converted(data.subarray(at, at + block), dtype));
}

/** int8 takes integers: the unit vectors' elements, spread over its range. */
function converted(data, dtype) {
  const integer = (value) => Math.max(-128, Math.min(127, Math.round(value * 640)));
  return dtype === 'int8' ? Int8Array.from(data, integer) : dtype === 'float64' ? Float64Array.from(data) : data;
}

function queriesOf(input, dtype) {
  const { queries } = loadSearch(input);
  return dtype === 'float64' ? Float64Array.from(queries) : queries;
}

function residentBytes() {
  return process.memoryUsage().rss;
}

/** How far memory rises while something runs, where the system lets its mark be reset (Linux); undefined elsewhere. */
function peakDuring(run) {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    run();
    return undefined;
  }
  const before = residentBytes();
  run();
  const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return kibibytes === undefined ? undefined : Math.max(0, kibibytes * 1024 - before);
}
