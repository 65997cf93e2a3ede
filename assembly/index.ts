/** What the wasm module exports: the kernels, and where the memory that they do not use begins. */

export { sortSome } from './best';
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
  worstThreshold,
} from './dense';
export { giveRoom, openQuery, orderCandidates } from './encoded/query';
export { addRows, encodeStrip, isTrueOf, placeEncoding } from './encoded/strips';
export { multipliesBytes, multipliesIntegers, placeSweep, seedThreshold, sweepMany, sweepOne } from './encoded/sweep';
export { packColumns, scorePairs } from './graph';
export { addGram, beginPanel, placeGram, placeInverse, solvePanel, subtractChunk } from './linear';
export { topColumns, topDenseColumns } from './products';
export {
  measureSparse,
  placeHeaps,
  placeRows,
  placeSearch,
  turnRows,
  visitCorated,
  visitFull,
} from './sparse';
export { alsGram, alsSolve } from './training/als';
export { trainGlove, trainSkipGram } from './training/embedding';

/** Everything below is static data of the kernels; the caller lays out everything above. */
export function base(): usize {
  return __heap_base;
}
