/**
 * Rows of float32 for the training of embeddings, four lanes to an instruction where there are such. Rows have a
 * multiple of sixteen elements. Every step is rounded to float32 and nothing is fused, so every engine trains the same
 * bits.
 */

/** Bytes of the sixteen lanes. */
const BLOCK: usize = 64;

/** The dot in sixteen lanes, folded in halves. */
export function dotFloats(a: usize, b: usize, bytes: usize): f32 {
  if (ASC_FEATURE_SIMD) {
    let sum0 = f32x4.splat(0),
      sum1 = f32x4.splat(0),
      sum2 = f32x4.splat(0),
      sum3 = f32x4.splat(0);
    const end = a + bytes;
    while (a != end) {
      sum0 = f32x4.add(sum0, f32x4.mul(v128.load(a), v128.load(b)));
      sum1 = f32x4.add(sum1, f32x4.mul(v128.load(a, 16), v128.load(b, 16)));
      sum2 = f32x4.add(sum2, f32x4.mul(v128.load(a, 32), v128.load(b, 32)));
      sum3 = f32x4.add(sum3, f32x4.mul(v128.load(a, 48), v128.load(b, 48)));
      a += BLOCK;
      b += BLOCK;
    }
    const by4 = f32x4.add(f32x4.add(sum0, sum2), f32x4.add(sum1, sum3));
    const even = f32x4.extract_lane(by4, 0) + f32x4.extract_lane(by4, 2);
    return even + (f32x4.extract_lane(by4, 1) + f32x4.extract_lane(by4, 3));
  } else {
    const even = everyFourth(a, b, bytes, 0) + everyFourth(a, b, bytes, 8);
    return even + (everyFourth(a, b, bytes, 4) + everyFourth(a, b, bytes, 12));
  }
}

/** Four lanes, four elements apart, from a byte offset on: the fold in halves joins these before any other. */
function everyFourth(a: usize, b: usize, bytes: usize, offset: usize): f32 {
  let sum0: f32 = 0,
    sum1: f32 = 0,
    sum2: f32 = 0,
    sum3: f32 = 0;
  const end = a + offset + bytes;
  a += offset;
  b += offset;
  while (a != end) {
    sum0 += load<f32>(a) * load<f32>(b);
    sum1 += load<f32>(a, 16) * load<f32>(b, 16);
    sum2 += load<f32>(a, 32) * load<f32>(b, 32);
    sum3 += load<f32>(a, 48) * load<f32>(b, 48);
    a += BLOCK;
    b += BLOCK;
  }
  return sum0 + sum2 + (sum1 + sum3);
}

/**
 * One pair of skip-gram: `input` learns from `count` rows whose addresses lie at `rows`, and they from it, by their
 * `steps`.
 */
export function learnPair(input: usize, rows: usize, steps: usize, count: usize, bytes: usize): void {
  if (ASC_FEATURE_SIMD) {
    for (let i: usize = 0; i < bytes; i += 16) {
      const h = v128.load(input + i);
      let sum = f32x4.splat(0);
      for (let t: usize = 0; t < count; t++) {
        const at: usize = <usize>load<u32>(rows + t * 4) + i;
        const step = v128.load32_splat(steps + t * 4);
        const o = v128.load(at);
        sum = f32x4.add(sum, f32x4.mul(step, o));
        v128.store(at, f32x4.add(o, f32x4.mul(step, h)));
      }
      v128.store(input + i, f32x4.add(h, sum));
    }
  } else {
    for (let i: usize = 0; i < bytes; i += 4) {
      const h = load<f32>(input + i);
      let sum: f32 = 0;
      for (let t: usize = 0; t < count; t++) {
        const at: usize = <usize>load<u32>(rows + t * 4) + i;
        const step = load<f32>(steps + t * 4);
        const o = load<f32>(at);
        sum += step * o;
        store<f32>(at, o + step * h);
      }
      store<f32>(input + i, h + sum);
    }
  }
}

/**
 * One cell of GloVe: rows `w` and `c` each fall by `step` times the other, scaled by their `squares`, which then grow.
 */
export function learnCell(w: usize, c: usize, squaresW: usize, squaresC: usize, step: f32, bytes: usize): void {
  if (ASC_FEATURE_SIMD) {
    const steps = f32x4.splat(step);
    for (let i: usize = 0; i < bytes; i += 16) {
      const x = v128.load(w + i);
      const y = v128.load(c + i);
      const stepX = f32x4.mul(steps, y);
      const stepY = f32x4.mul(steps, x);
      const earlierX = v128.load(squaresW + i);
      const earlierY = v128.load(squaresC + i);
      v128.store(w + i, f32x4.sub(x, f32x4.div(stepX, f32x4.sqrt(earlierX))));
      v128.store(c + i, f32x4.sub(y, f32x4.div(stepY, f32x4.sqrt(earlierY))));
      v128.store(squaresW + i, f32x4.add(earlierX, f32x4.mul(stepX, stepX)));
      v128.store(squaresC + i, f32x4.add(earlierY, f32x4.mul(stepY, stepY)));
    }
  } else {
    for (let i: usize = 0; i < bytes; i += 4) {
      const stepX = step * load<f32>(c + i);
      const stepY = step * load<f32>(w + i);
      descend(w + i, squaresW + i, stepX);
      descend(c + i, squaresC + i, stepY);
    }
  }
}

/** One step of AdaGrad for one number. */
export function descend(value: usize, squares: usize, step: f32): void {
  const earlier = load<f32>(squares);
  store<f32>(value, load<f32>(value) - step / sqrt<f32>(earlier));
  store<f32>(squares, earlier + step * step);
}
