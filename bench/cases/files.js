/** Case `files`: an index to a file and back. */
import { closeSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { VectorIndex } from 'kindred';
import { sampleAsync } from '../measure.js';
import { expectExact, K, loadSearch, openIndex, prepareSearch, separate } from '../search.js';
import { shape, sizesOf } from '../sizes.js';
import { having, Unavailable } from '../unavailable.js';

const QUERIES = 16;

/** One system call moves less than 2 GiB. */
const BLOCK_BYTES = 2 ** 28;

export const files = {
  name: 'files',
  about: 'saving and loading an index; the system has the file in memory',
  checked: 'a loaded index gives the rows and scores of the reference, bit for bit',
  sizes: (options) =>
    sizesOf(
      [{ rows: options.quick ? 2000 : 100_000, dim: options.quick ? 384 : 768, data: 'clustered', queries: QUERIES }],
      { ...options, queries: undefined },
      shape,
    ),
  prepare: prepareSearch,
  contenders: () => [
    { name: 'kindred save', isKindred: true, open: save },
    { name: 'kindred load', isKindred: true, open: (input) => load(input, {}, false) },
    { name: 'kindred load, first search', isKindred: true, open: (input) => load(input, {}, true) },
    { name: 'kindred load, mmap', isKindred: true, open: (input) => load(input, { mmap: true }, false) },
    { name: 'kindred load, mmap, first search', isKindred: true, open: (input) => load(input, { mmap: true }, true) },
    { name: 'kindred toBytes', isKindred: true, open: toBytes },
    { name: 'kindred fromBytes', isKindred: true, open: fromBytes },
    { name: 'plain file of the vectors: write, flush', open: plainWrite },
    { name: 'plain file of the vectors: read', open: plainRead },
  ],
};

function pathOf({ size: { rows, dim, data }, folder }) {
  return join(folder, `saved-${data}-${rows}x${dim}.kindred`);
}

function speed(bytes, samples) {
  const median = samples.toSorted((a, b) => a - b)[samples.length >> 1];
  return `${(bytes / 1e6).toFixed(0)} MB, ${(bytes / 1e9 / median).toFixed(2)} GB/s`;
}

/** The file written by an earlier contender, or now. */
async function saved(input) {
  const path = pathOf(input);
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    const { index } = openIndex(input);
    await having('VectorIndex', index, 'save').save(path);
    index.dispose();
  }
  return path;
}

function expectLoaded(input, index) {
  const { size } = input;
  const { queries } = loadSearch(input);
  const hits = separate(queries, size.dim).flatMap((one) => index.search(one, K));
  expectExact(
    input,
    hits.map(({ id }) => id),
    hits.map(({ score }) => score),
  );
}

async function save(input) {
  const { index } = openIndex(input);
  having('VectorIndex', index, 'save');
  const path = pathOf(input);
  const samples = await sampleAsync(() => index.save(path), input);
  const loaded = await having('VectorIndex', VectorIndex, 'load').load(path);
  expectLoaded(input, loaded);
  loaded.dispose();
  return { samples, note: speed(statSync(path).size, samples) };
}

async function load(input, options, withSearch) {
  having('VectorIndex', VectorIndex, 'load');
  const path = await saved(input);
  const { queries } = loadSearch(input);
  const first = queries.slice(0, input.size.dim);
  const open = async () => {
    const index = await VectorIndex.load(path, options);
    if (withSearch) index.search(first, K);
    return index;
  };
  let index;
  try {
    index = await open();
  } catch (error) {
    if (options.mmap) throw new Unavailable(`load with mmap is not available in this build: ${error.message}`);
    throw error;
  }
  expectLoaded(input, index);
  index.dispose();
  const samples = await sampleAsync(open, { ...input, after: (each) => each.dispose() });
  return { samples, note: speed(statSync(path).size, samples) };
}

async function toBytes(input) {
  const { index } = openIndex(input);
  having('VectorIndex', index, 'toBytes');
  expectLoaded(input, having('VectorIndex', VectorIndex, 'fromBytes').fromBytes(index.toBytes()));
  const samples = await sampleAsync(() => index.toBytes(), input);
  return { samples, note: speed(index.toBytes().length, samples) };
}

async function fromBytes(input) {
  const { index } = openIndex(input);
  having('VectorIndex', VectorIndex, 'fromBytes');
  const bytes = index.toBytes();
  index.dispose();
  expectLoaded(input, VectorIndex.fromBytes(bytes));
  const samples = await sampleAsync(() => VectorIndex.fromBytes(bytes), { ...input, after: (each) => each.dispose() });
  return { samples, note: speed(bytes.length, samples) };
}

/** The floor of `save`: the vectors' bytes to the disk, and nothing else. */
async function plainWrite(input) {
  const bytes = new Uint8Array(input.size.rows * input.size.dim * 4).fill(1);
  const samples = await sampleAsync(() => {
    const file = openSync(`${pathOf(input)}.plain`, 'w');
    let done = 0;
    while (done < bytes.length) done += writeSync(file, bytes, done, Math.min(bytes.length - done, BLOCK_BYTES));
    fsyncSync(file);
    closeSync(file);
  }, input);
  return { samples, note: speed(bytes.length, samples) };
}

async function plainRead(input) {
  await plainWrite({ ...input, isQuick: true });
  const path = `${pathOf(input)}.plain`;
  const { size } = statSync(path);
  if (size >= 2 ** 31) throw new Unavailable('Node reads files of up to 2 GiB at once');
  const samples = await sampleAsync(() => readFileSync(path), input);
  return { samples, note: speed(size, samples) };
}
