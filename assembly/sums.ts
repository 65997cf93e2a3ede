/** The canonical sums of two rows, each read where it lies. */
import { EUCLIDEAN, LANES } from './abi';
import { add, maskOf, mul, sub, total, WIDTH, widen, widenMasked, zero } from './lanes/float64';

/** What a sum adds up, chosen by type so that the choice is made when compiling. */
export class Product {}
export class SquaredDifference {}

/** `sum` plus the term of `a` and `b`, every step rounded. */
export function plus<Term>(sum: Vec, a: Vec, b: Vec): Vec {
  if (idof<Term>() == idof<Product>()) return add(sum, mul(a, b));
  const difference = sub(a, b);
  return add(sum, mul(difference, difference));
}

/** The sum that the scores of a metric are made of. */
export function sumOf<A, B>(metric: u32, a: usize, b: usize, dim: usize): f64 {
  return metric == EUCLIDEAN ? sum<SquaredDifference, A, B>(a, b, dim) : sum<Product, A, B>(a, b, dim);
}

/**
 * The sum over two rows of A and B (f32 or f64). Sixteen lanes are eight accumulators of two lanes. Where a
 * `Vec` holds one lane, the even lanes go first and the odd ones after: the fold in halves joins lanes of equal
 * parity until its very last step.
 */
export function sum<Term, A, B>(a: usize, b: usize, dim: usize): f64 {
  const even = total(foldedSum<Term, A, B>(a, b, dim, 0));
  if (WIDTH == 2) return even;
  else return even + total(foldedSum<Term, A, B>(a, b, dim, 1));
}

/** The lanes of every second element from `first` on, folded into one `Vec`. Reads up to 15 elements past a row. */
function foldedSum<Term, A, B>(a: usize, b: usize, dim: usize, first: usize): Vec {
  const stepA: usize = 2 * sizeof<A>();
  const stepB: usize = 2 * sizeof<B>();
  const tail = dim % LANES;
  a += first * sizeof<A>();
  b += first * sizeof<B>();
  const end = a + (dim - tail) * sizeof<A>();
  let sum0 = zero(),
    sum1 = zero(),
    sum2 = zero(),
    sum3 = zero();
  let sum4 = zero(),
    sum5 = zero(),
    sum6 = zero(),
    sum7 = zero();
  while (a != end) {
    sum0 = plus<Term>(sum0, widen<A>(a, 0), widen<B>(b, 0));
    sum1 = plus<Term>(sum1, widen<A>(a, 1), widen<B>(b, 1));
    sum2 = plus<Term>(sum2, widen<A>(a, 2), widen<B>(b, 2));
    sum3 = plus<Term>(sum3, widen<A>(a, 3), widen<B>(b, 3));
    sum4 = plus<Term>(sum4, widen<A>(a, 4), widen<B>(b, 4));
    sum5 = plus<Term>(sum5, widen<A>(a, 5), widen<B>(b, 5));
    sum6 = plus<Term>(sum6, widen<A>(a, 6), widen<B>(b, 6));
    sum7 = plus<Term>(sum7, widen<A>(a, 7), widen<B>(b, 7));
    a += 8 * stepA;
    b += 8 * stepB;
  }
  if (tail != 0) {
    // What lies past the row reads as 0 in both, and the term of two zeros changes no lane: a lane is never -0.
    const maskA = maskOf<A>(tail) + first * sizeof<A>();
    const maskB = maskOf<B>(tail) + first * sizeof<B>();
    sum0 = plusMasked<Term, A, B>(sum0, a, maskA, b, maskB);
    sum1 = plusMasked<Term, A, B>(sum1, a + stepA, maskA + stepA, b + stepB, maskB + stepB);
    sum2 = plusMasked<Term, A, B>(sum2, a + 2 * stepA, maskA + 2 * stepA, b + 2 * stepB, maskB + 2 * stepB);
    sum3 = plusMasked<Term, A, B>(sum3, a + 3 * stepA, maskA + 3 * stepA, b + 3 * stepB, maskB + 3 * stepB);
    sum4 = plusMasked<Term, A, B>(sum4, a + 4 * stepA, maskA + 4 * stepA, b + 4 * stepB, maskB + 4 * stepB);
    sum5 = plusMasked<Term, A, B>(sum5, a + 5 * stepA, maskA + 5 * stepA, b + 5 * stepB, maskB + 5 * stepB);
    sum6 = plusMasked<Term, A, B>(sum6, a + 6 * stepA, maskA + 6 * stepA, b + 6 * stepB, maskB + 6 * stepB);
    sum7 = plusMasked<Term, A, B>(sum7, a + 7 * stepA, maskA + 7 * stepA, b + 7 * stepB, maskB + 7 * stepB);
  }
  return fold(sum0, sum1, sum2, sum3, sum4, sum5, sum6, sum7);
}

/** Lanes two apart from one `Vec` to the next, folded in halves. */
export function fold(sum0: Vec, sum1: Vec, sum2: Vec, sum3: Vec, sum4: Vec, sum5: Vec, sum6: Vec, sum7: Vec): Vec {
  const sum04 = add(sum0, sum4);
  const sum15 = add(sum1, sum5);
  const sum26 = add(sum2, sum6);
  const sum37 = add(sum3, sum7);
  return add(add(sum04, sum26), add(sum15, sum37));
}

function plusMasked<Term, A, B>(sum: Vec, a: usize, maskA: usize, b: usize, maskB: usize): Vec {
  return plus<Term>(sum, widenMasked<A>(a, maskA), widenMasked<B>(b, maskB));
}
