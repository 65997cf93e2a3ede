/** Case `encode`: making the small copy that searches read first. */
import { openBackend } from 'kindred';
import { DATA_KINDS, readRaw, writeVectors } from '../data.js';
import { count, shape, sizesOf } from '../sizes.js';
import { Unavailable } from '../unavailable.js';

/** Rows that one call is asked to encode. */
const STEP = 16_384;

export const encode = {
  name: 'encode',
  about: 'encoding rows for certified search, per row',
  checked: 'the same mode chosen on every level',
  sizes: (options) =>
    sizesOf(
      DATA_KINDS.map((data) => ({ rows: options.quick ? 2048 : 100_000, dim: options.quick ? 384 : 768, data })),
      options,
      shape,
    ),
  prepare: (size, folder) => writeVectors(folder, size),
  contenders: ({ levels, size, threads }) =>
    levels
      .filter((level) => !level.startsWith('wasm') || size.rows * size.dim * 5 < 2 ** 31)
      .flatMap((level) =>
        (level === levels[0] && level.startsWith('native') ? threads : [1]).map((many) => ({
          name: many === 1 ? `kindred ${level}` : `kindred ${level}, ${many} threads`,
          isKindred: true,
          level,
          threads: many,
          open: (input) => encodeRows(input, level, many),
        })),
      ),
};

/** A fresh corpus for each sample: rows that are encoded already would cost nothing. */
function encodeRows({ size, folder, isQuick }, level, threads) {
  const { rows, dim } = size;
  const data = readRaw(folder, writeVectors(folder, size), Float32Array);
  const backend = openBackend(level);
  if (threads > 1 && backend.threads === undefined) {
    throw new Unavailable(`encoding with ${threads} threads is not available in this build`);
  }
  const samples = [];
  let encoding;
  for (let run = 0; run < (isQuick ? 2 : 7); run++) {
    const corpus = backend.openCorpus(dim, 'cosine', { threads });
    const { encoder } = corpus;
    if (encoder === undefined) throw new Unavailable('Corpus.encoder is not available in this build');
    corpus.append(data);
    const before = performance.now();
    while (encoder.encode(STEP) > 0);
    samples.push((performance.now() - before) / 1000 / rows);
    if (run === 0) encoding = encoder.state;
    corpus.free();
  }
  if (encoding === undefined) throw new Unavailable('this build does not encode so few rows');
  const { mode } = encoding;
  return {
    samples,
    digest: mode,
    work: { bytes: 4 * dim, footprint: 4 * rows * dim },
    note: () =>
      `${mode}, ${count(Math.round(1 / samples.toSorted((a, b) => a - b)[samples.length >> 1]))} rows a second`,
  };
}
