/** What people write without a library, and write well: plain loops over Float32Array. */

/** The loop of every tutorial. */
export function simpleCosine(a, b) {
  let dot = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i];
    squaresA += a[i] * a[i];
    squaresB += b[i] * b[i];
  }
  return dot / (Math.sqrt(squaresA) * Math.sqrt(squaresB));
}

/** Four sums of each kind, so that an addition need not wait for the one before it. */
export function unrolledCosine(a, b) {
  let dot0 = 0;
  let dot1 = 0;
  let dot2 = 0;
  let dot3 = 0;
  let a0 = 0;
  let a1 = 0;
  let a2 = 0;
  let a3 = 0;
  let b0 = 0;
  let b1 = 0;
  let b2 = 0;
  let b3 = 0;
  const whole = a.length - (a.length % 4);
  for (let i = 0; i < whole; i += 4) {
    const x0 = a[i];
    const x1 = a[i + 1];
    const x2 = a[i + 2];
    const x3 = a[i + 3];
    const y0 = b[i];
    const y1 = b[i + 1];
    const y2 = b[i + 2];
    const y3 = b[i + 3];
    dot0 += x0 * y0;
    dot1 += x1 * y1;
    dot2 += x2 * y2;
    dot3 += x3 * y3;
    a0 += x0 * x0;
    a1 += x1 * x1;
    a2 += x2 * x2;
    a3 += x3 * x3;
    b0 += y0 * y0;
    b1 += y1 * y1;
    b2 += y2 * y2;
    b3 += y3 * y3;
  }
  for (let i = whole; i < a.length; i++) {
    dot0 += a[i] * b[i];
    a0 += a[i] * a[i];
    b0 += b[i] * b[i];
  }
  return (dot0 + dot1 + dot2 + dot3) / (Math.sqrt(a0 + a1 + a2 + a3) * Math.sqrt(b0 + b1 + b2 + b3));
}

/** The dot of `a` from `startA` and `b` from `startB`, one sum. */
export function simpleDot(a, startA, b, startB, dim) {
  let sum = 0;
  for (let i = 0; i < dim; i++) sum += a[startA + i] * b[startB + i];
  return sum;
}

/** The same in four sums. */
export function unrolledDot(a, startA, b, startB, dim) {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  let i = 0;
  for (; i + 3 < dim; i += 4) {
    sum0 += a[startA + i] * b[startB + i];
    sum1 += a[startA + i + 1] * b[startB + i + 1];
    sum2 += a[startA + i + 2] * b[startB + i + 2];
    sum3 += a[startA + i + 3] * b[startB + i + 3];
  }
  for (; i < dim; i++) sum0 += a[startA + i] * b[startB + i];
  return sum0 + sum1 + sum2 + sum3;
}

/** The lengths of the rows, computed once, as a careful loop keeps them. */
export function rowNorms(data, dim) {
  return Float64Array.from({ length: data.length / dim }, (_, row) =>
    Math.sqrt(unrolledDot(data, row * dim, data, row * dim, dim)),
  );
}

/** The k best of `count` scores, best first, kept in a sorted list while scanning. */
export function bestOf(scoreAt, count, k) {
  const positions = [];
  const scores = [];
  for (let row = 0; row < count; row++) {
    const score = scoreAt(row);
    if (scores.length === k && score <= scores[k - 1]) continue;
    let place = scores.length < k ? scores.length : k - 1;
    for (; place > 0 && scores[place - 1] < score; place--) {
      scores[place] = scores[place - 1];
      positions[place] = positions[place - 1];
    }
    scores[place] = score;
    positions[place] = row;
  }
  return { positions, scores };
}
