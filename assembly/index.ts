/** What the wasm module exports: the kernels, and where the memory that they do not use begins. */
export {
  block32,
  block64,
  measure32,
  measure64,
  pack32,
  pack64,
  pairs32,
  pairs64,
  scan,
  scanBatch,
  sortAll,
} from './dense';
export { neighbors, sparseNorms, transpose } from './sparse';

/** Everything below is static data of the kernels; the caller lays out everything above. */
export function base(): usize {
  return __heap_base;
}
