/**
 * `kindred/io`: vector files as matrices and back. Works on bytes and text that the caller has read, so it runs
 * wherever JavaScript does.
 * @module
 */
export { type CountedFormat, readCountedRows } from './counted-rows.js';
export { type GloveSource, type GloveText, type GloveTextOptions, readGloveText } from './glove.js';
export { type NpyHeader, type NumericArray, type NumericMatrix, readNpy, readNpyHeader, writeNpy } from './npy.js';
export { readNumberTable, type TableSource } from './number-table.js';
export { readRawFloat32 } from './raw-float32.js';
export { readVecs, type VecsFormat } from './vecs.js';
export type { WordsOptions, WordsReport } from './words-log.js';
