/** Rows of any stored type, ready for the sums: float64 and float32 where they lie, narrower ones widened first. */
import { BFLOAT16, FLOAT16, FLOAT32, FLOAT64 } from './abi';
import { widenBrains, widenBytes, widenHalves } from './lanes/float64';

/**
 * The address of row `slot`: f64 elements if `dtype` is FLOAT64, else f32. A row of a narrower type is widened to
 * `scratch`, which holds `dim` float32 and twelve bytes more.
 */
export function rowAt(dtype: u32, rows: usize, slot: usize, dim: usize, scratch: usize): usize {
  if (dtype == FLOAT32) return rows + slot * dim * 4;
  if (dtype == FLOAT64) return rows + slot * dim * 8;
  if (dtype == FLOAT16) {
    const from = rows + slot * dim * 2;
    for (let i: usize = 0; i < dim; i += 4) widenHalves(from + i * 2, scratch + i * 4);
  } else if (dtype == BFLOAT16) {
    const from = rows + slot * dim * 2;
    for (let i: usize = 0; i < dim; i += 4) widenBrains(from + i * 2, scratch + i * 4);
  } else {
    const from = rows + slot * dim;
    for (let i: usize = 0; i < dim; i += 4) widenBytes(from + i, scratch + i * 4);
  }
  return scratch;
}
