/**
 * Sums of rows of float32 for alternating least squares, four lanes to an instruction where there are such. Rows have a
 * multiple of sixteen elements. Every step is rounded to float32 and nothing is fused.
 */

/** `out += factor * row`. */
export function addScaledRow(out: usize, factor: f32, row: usize, bytes: usize): void {
  if (ASC_FEATURE_SIMD) {
    const factors = f32x4.splat(factor);
    for (let i: usize = 0; i < bytes; i += 16) {
      v128.store(out + i, f32x4.add(v128.load(out + i), f32x4.mul(factors, v128.load(row + i))));
    }
  } else {
    for (let i: usize = 0; i < bytes; i += 4) {
      store<f32>(out + i, load<f32>(out + i) + factor * load<f32>(row + i));
    }
  }
}

/** `out -= factor * row`. */
export function subtractScaledRow(out: usize, factor: f32, row: usize, bytes: usize): void {
  if (ASC_FEATURE_SIMD) {
    const factors = f32x4.splat(factor);
    for (let i: usize = 0; i < bytes; i += 16) {
      v128.store(out + i, f32x4.sub(v128.load(out + i), f32x4.mul(factors, v128.load(row + i))));
    }
  } else {
    for (let i: usize = 0; i < bytes; i += 4) {
      store<f32>(out + i, load<f32>(out + i) - factor * load<f32>(row + i));
    }
  }
}

/** `out = row + factor * out`. */
export function scaleAndAddRow(out: usize, factor: f32, row: usize, bytes: usize): void {
  if (ASC_FEATURE_SIMD) {
    const factors = f32x4.splat(factor);
    for (let i: usize = 0; i < bytes; i += 16) {
      v128.store(out + i, f32x4.add(v128.load(row + i), f32x4.mul(factors, v128.load(out + i))));
    }
  } else {
    for (let i: usize = 0; i < bytes; i += 4) {
      store<f32>(out + i, load<f32>(row + i) + factor * load<f32>(out + i));
    }
  }
}

/** `out = (Σ over m of gram[m] * p[m]) + l2 * p`: sixteen elements at a time stay in registers. */
export function timesGram(gram: usize, p: usize, l2: f32, bytes: usize, out: usize): void {
  if (ASC_FEATURE_SIMD) {
    const shift = f32x4.splat(l2);
    for (let i: usize = 0; i < bytes; i += 64) {
      let sum0 = f32x4.splat(0),
        sum1 = f32x4.splat(0),
        sum2 = f32x4.splat(0),
        sum3 = f32x4.splat(0);
      let row = gram + i;
      for (let m: usize = 0; m < bytes; m += 4) {
        const x = v128.load32_splat(p + m);
        sum0 = f32x4.add(sum0, f32x4.mul(x, v128.load(row)));
        sum1 = f32x4.add(sum1, f32x4.mul(x, v128.load(row, 16)));
        sum2 = f32x4.add(sum2, f32x4.mul(x, v128.load(row, 32)));
        sum3 = f32x4.add(sum3, f32x4.mul(x, v128.load(row, 48)));
        row += bytes;
      }
      v128.store(out + i, f32x4.add(sum0, f32x4.mul(shift, v128.load(p + i))));
      v128.store(out + i, f32x4.add(sum1, f32x4.mul(shift, v128.load(p + i, 16))), 16);
      v128.store(out + i, f32x4.add(sum2, f32x4.mul(shift, v128.load(p + i, 32))), 32);
      v128.store(out + i, f32x4.add(sum3, f32x4.mul(shift, v128.load(p + i, 48))), 48);
    }
  } else {
    memory.fill(out, 0, bytes);
    let row = gram;
    for (let m: usize = 0; m < bytes; m += 4) {
      addScaledRow(out, load<f32>(p + m), row, bytes);
      row += bytes;
    }
    addScaledRow(out, l2, p, bytes);
  }
}
