/**
 * `kindred/io`: vector files as matrices and back. Works on bytes and text that the caller has read, so it runs
 * wherever JavaScript does.
 * @module
 */
export { type GloveSource, type GloveText, type GloveTextOptions, readGloveText } from './glove.js';
export { type NumericArray, type NumericMatrix, readNpy, writeNpy } from './npy.js';
export { readRawFloat32 } from './raw-float32.js';
