/** What the wasm module exports: the kernels, and where the memory that they do not use begins. */
export { alsGram, alsSolve } from './als';
export {
  block32,
  block64,
  measure32,
  measure64,
  measureRows,
  pack32,
  pack64,
  pairs32,
  pairs64,
  scan,
  scanBatch,
  scanCandidates,
  sortAll,
  worstThreshold,
} from './dense';
export { trainGlove, trainSkipGram } from './embedding';
export { addRows, encodeStrip, isTrueOf, placeEncoding } from './encoded';
export { multipliesBytes, multipliesIntegers, seedThreshold, sweepMany, sweepOne } from './filter';
export { addGram, beginPanel, placeInverse, solvePanel, subtractChunk, topDenseColumns } from './linear';
export { openQuery, orderCandidates } from './query';
export {
  measureSparse,
  placeHeaps,
  placeRows,
  placeSearch,
  topColumns,
  turnRows,
  visitCorated,
  visitFull,
} from './sparse';

/** Everything below is static data of the kernels; the caller lays out everything above. */
export function base(): usize {
  return __heap_base;
}
