/** The best columns of each row of a product: sparse rows of weights times lists, or times dense rows. */
import {
  PRODUCT_ABOVE_F64,
  PRODUCT_ADMIT,
  PRODUCT_COLUMNS,
  PRODUCT_DENSE,
  PRODUCT_DENSE_WIDTH,
  PRODUCT_EXCLUDED,
  PRODUCT_EXCLUDED_STARTS,
  PRODUCT_INDICES,
  PRODUCT_LIST_COLUMNS,
  PRODUCT_LIST_STARTS,
  PRODUCT_LIST_VALUES,
  PRODUCT_MIN_SCORE_F64,
  PRODUCT_STARTS,
  PRODUCT_SUMS,
  PRODUCT_WEIGHTS,
} from '../src/backend/wasm/module/abi';
import { offer, worstScore } from './best';
import { addWeighted } from './lanes/tiles';

/** For the first `count` rows of a PRODUCT record: f64 weights times lists of f64 values. */
export function topColumns(product: usize, count: usize, best: usize): void {
  const starts: usize = load<u32>(product, PRODUCT_STARTS);
  const indices: usize = load<u32>(product, PRODUCT_INDICES);
  const weights: usize = load<u32>(product, PRODUCT_WEIGHTS);
  const listStarts: usize = load<u32>(product, PRODUCT_LIST_STARTS);
  const listColumns: usize = load<u32>(product, PRODUCT_LIST_COLUMNS);
  const listValues: usize = load<u32>(product, PRODUCT_LIST_VALUES);
  const sums: usize = load<u32>(product, PRODUCT_SUMS);
  const columns: usize = load<u32>(product, PRODUCT_COLUMNS);
  for (let row: usize = 0; row < count; row++) {
    memory.fill(sums, 0, columns * 8);
    const last: usize = load<u32>(starts + row * 4, 4);
    for (let p: usize = load<u32>(starts + row * 4); p < last; p++) {
      const list = listStarts + <usize>load<u32>(indices + p * 4) * 4;
      const weight = load<f64>(weights + p * 8);
      const stop: usize = load<u32>(list, 4);
      for (let t: usize = load<u32>(list); t < stop; t++) {
        const sum = sums + <usize>load<u32>(listColumns + t * 4) * 8;
        store<f64>(sum, load<f64>(sum) + weight * load<f64>(listValues + t * 8));
      }
    }
    offerSums(product, row, best);
  }
}

/** For the first `count` rows of a PRODUCT record: f32 weights times dense rows of f32. */
export function topDenseColumns(product: usize, count: usize, best: usize): void {
  const starts: usize = load<u32>(product, PRODUCT_STARTS);
  const indices: usize = load<u32>(product, PRODUCT_INDICES);
  const weights: usize = load<u32>(product, PRODUCT_WEIGHTS);
  const dense: usize = load<u32>(product, PRODUCT_DENSE);
  const width: usize = load<u32>(product, PRODUCT_DENSE_WIDTH);
  const sums: usize = load<u32>(product, PRODUCT_SUMS);
  for (let row: usize = 0; row < count; row++) {
    memory.fill(sums, 0, width * 8);
    const last: usize = load<u32>(starts + row * 4, 4);
    for (let p: usize = load<u32>(starts + row * 4); p < last; p++) {
      const from = dense + <usize>load<u32>(indices + p * 4) * width * 4;
      addWeighted(sums, from, <f64>load<f32>(weights + p * 4), width);
    }
    offerSums(product, row, best);
  }
}

/** Offers the sums of one row, but for excluded columns. */
function offerSums(product: usize, row: usize, best: usize): void {
  const sums: usize = load<u32>(product, PRODUCT_SUMS);
  const columns: usize = load<u32>(product, PRODUCT_COLUMNS);
  const admit: usize = load<u32>(product, PRODUCT_ADMIT);
  const above = load<f64>(product, PRODUCT_ABOVE_F64);
  const minScore = load<f64>(product, PRODUCT_MIN_SCORE_F64);
  exclude(product, row, sums);
  let worst = worstScore(best, row);
  for (let column: usize = 0; column < columns; column++) {
    const sum = load<f64>(sums + column * 8);
    // Columns come in ascending order, so one that ties the worst has lost.
    if (!(sum > above && sum >= minScore && sum > worst)) continue;
    if (admit != 0 && load<u8>(admit + column) == 0) continue;
    offer(best, row, <u32>column, sum);
    worst = worstScore(best, row);
  }
}

/** NaN is above nothing. */
function exclude(product: usize, row: usize, sums: usize): void {
  const starts: usize = load<u32>(product, PRODUCT_EXCLUDED_STARTS);
  if (starts == 0) return;
  const excluded: usize = load<u32>(product, PRODUCT_EXCLUDED);
  const end: usize = load<u32>(starts + row * 4, 4);
  for (let p: usize = load<u32>(starts + row * 4); p < end; p++) {
    store<f64>(sums + <usize>load<u32>(excluded + p * 4) * 8, NaN);
  }
}
