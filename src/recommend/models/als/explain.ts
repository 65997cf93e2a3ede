/** Explanations of ImplicitAls: what each item of a profile adds to a score. */
import type { AlsRow } from '../../../backend/reference/als.js';

/**
 * Hu, Koren and Volinsky, section 5: the factors of someone are `W Σ c_j y_j` with `W = (YᵀCY + l2)^-1`, so the score
 * of an item is `Σ c_j (y_iᵀ W y_j)`. Returns these terms, computed in float64 by the Cholesky decomposition of W^-1,
 * for the cells in order.
 */
export function contributionsTo(target: Float32Array, { rows, weights, gram, l2 }: AlsRow): Float64Array {
  const n = target.length;
  const matrix = Float64Array.from(gram);
  for (let i = 0; i < n; i++) matrix[i * n + i] += l2;
  rows.forEach((y, cell) => {
    for (let i = 0; i < n; i++) {
      const scaled = weights[cell] * y[i];
      if (scaled === 0) continue;
      for (let j = 0; j <= i; j++) matrix[i * n + j] += scaled * y[j];
    }
  });
  decompose(matrix, n);
  const z = solve(matrix, n, target);
  return Float64Array.from(rows, (y, cell) => {
    let product = 0;
    for (let i = 0; i < n; i++) product += z[i] * y[i];
    return (1 + weights[cell]) * product;
  });
}

/** Cholesky: the lower triangle of a positive definite matrix becomes L with L Lᵀ equal to it. */
function decompose(matrix: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j];
      for (let k = 0; k < j; k++) sum -= matrix[i * n + k] * matrix[j * n + k];
      // l2 is positive, so only rounding could bring a pivot to 0.
      matrix[i * n + j] = i === j ? Math.sqrt(Math.max(sum, Number.MIN_VALUE)) : sum / matrix[j * n + j];
    }
  }
}

function solve(lower: Float64Array, n: number, right: Float32Array): Float64Array {
  const z = Float64Array.from(right);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) z[i] -= lower[i * n + k] * z[k];
    z[i] /= lower[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) z[i] -= lower[k * n + i] * z[k];
    z[i] /= lower[i * n + i];
  }
  return z;
}

/**
 * Brings terms to a sum, each by as much of itself as any other: what is left is the rounding of factors to float32.
 */
export function adjustTo(score: number, terms: Float64Array): Float64Array {
  let [sum, size] = [0, 0];
  for (const term of terms) {
    sum += term;
    size += Math.abs(term);
  }
  if (size === 0) return terms;
  const share = (score - sum) / size;
  return terms.map((term) => term + Math.abs(term) * share);
}
