// Alternating least squares, written once. Each isa/als_*.cc first defines its vector of float32, then includes this.
//
// What the including file provides, all in an unnamed namespace:
//   F32, kWidth                      a register of kWidth float32, kWidth a divisor of 16
//   kRowsAtOnce                      rows whose dots are computed side by side, enough to hide the latency of an addition
//   kGramRows                        rows of a Gram tile held in registers, a divisor of 16
//   kStretch                         vectors of sixteen lanes that a product with a Gram matrix keeps in registers
//   zero() load(p) broadcast(x) store(p, v) add sub mul
//   fold(parts)                      adds 16 lanes in halves: +8, +4, +2, +1
//
// No product is fused with a sum: every step is rounded, so that all backends train the same bits. Everything stays in
// the unnamed namespace and no standard container is used, as in kernels-inl.h.
#include "isa/generic/als.h"

namespace {

constexpr size_t kLanes = kindred::kAlsLanes;
constexpr size_t kParts = kLanes / kWidth;

// Never faults.
inline void prefetch_row(const float* row, size_t stride) {
#if defined(__GNUC__)
  constexpr size_t kCacheLine = 64 / sizeof(float);
  for (size_t i = 0; i < stride; i += kCacheLine) __builtin_prefetch(row + i);
#endif
}

inline float dot(const float* a, const float* b, size_t stride) {
  F32 sum[kParts];
  for (size_t p = 0; p < kParts; p++) sum[p] = zero();
  for (size_t i = 0; i < stride; i += kLanes) {
    for (size_t p = 0; p < kParts; p++) {
      sum[p] = add(sum[p], mul(load(a + i + p * kWidth), load(b + i + p * kWidth)));
    }
  }
  return fold(sum);
}

template <size_t kRows>
inline void dots(const float* a, const float* const* rows, size_t stride, float* out) {
  F32 sum[kRows][kParts];
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; r++) {
#pragma GCC unroll 16
    for (size_t p = 0; p < kParts; p++) sum[r][p] = zero();
  }
  for (size_t i = 0; i < stride; i += kLanes) {
#pragma GCC unroll 16
    for (size_t p = 0; p < kParts; p++) {
      const F32 x = load(a + i + p * kWidth);
#pragma GCC unroll 8
      for (size_t r = 0; r < kRows; r++) sum[r][p] = add(sum[r][p], mul(x, load(rows[r] + i + p * kWidth)));
    }
  }
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; r++) out[r] = fold(sum[r]);
}

// out += scale[0] * rows[0], then += scale[1] * rows[1] and so on.
template <size_t kRows>
inline void add_scaled(float* out, const float* const* rows, const float* scale, size_t stride) {
  F32 factor[kRows];
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; r++) factor[r] = broadcast(scale[r]);
  for (size_t i = 0; i < stride; i += kWidth) {
    F32 sum = load(out + i);
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; r++) sum = add(sum, mul(factor[r], load(rows[r] + i)));
    store(out + i, sum);
  }
}

// What a cell adds to the product with p, or to the residual at p.
struct ProductTerm {
  static inline float of(float weight, float dot) { return weight * dot; }
};
struct ResidualTerm {
  static inline float of(float weight, float dot) {
    const float missing = weight * dot;
    return (1.0f + weight) - missing;
  }
};

template <class Term, size_t kRows>
inline void add_cells(const kindred::AlsHalf& half, const float* p, size_t at, float* out) {
  const float* rows[kRows];
  float scale[kRows];
  for (size_t r = 0; r < kRows; r++) rows[r] = half.others + half.indices[at + r] * half.stride;
  dots<kRows>(p, rows, half.stride, scale);
  for (size_t r = 0; r < kRows; r++) scale[r] = Term::of(half.weights[at + r], scale[r]);
  add_scaled<kRows>(out, rows, scale, half.stride);
}

// Each row of the other side is read for its dot and again, from the nearest cache, for its part of the sum.
template <class Term>
inline void add_all_cells(const kindred::AlsHalf& half, size_t row, const float* p, float* out) {
  const size_t end = half.indptr[row + 1];
  size_t at = half.indptr[row];
  for (; at + kRowsAtOnce <= end; at += kRowsAtOnce) {
    for (size_t ahead = at + kRowsAtOnce; ahead < at + 2 * kRowsAtOnce && ahead < end; ahead++) {
      prefetch_row(half.others + half.indices[ahead] * half.stride, half.stride);
    }
    add_cells<Term, kRowsAtOnce>(half, p, at, out);
  }
  for (; at < end; at++) add_cells<Term, 1>(half, p, at, out);
}

template <size_t kBlocks>
inline void gram_stretch(const float* gram, const float* p, float l2, size_t stride, size_t from, float* out) {
  F32 sum[kBlocks * kParts];
#pragma GCC unroll 16
  for (size_t v = 0; v < kBlocks * kParts; v++) sum[v] = zero();
  for (size_t m = 0; m < stride; m++) {
    const F32 x = broadcast(p[m]);
    const float* row = gram + m * stride + from;
#pragma GCC unroll 16
    for (size_t v = 0; v < kBlocks * kParts; v++) sum[v] = add(sum[v], mul(x, load(row + v * kWidth)));
  }
  const F32 shift = broadcast(l2);
#pragma GCC unroll 16
  for (size_t v = 0; v < kBlocks * kParts; v++) {
    const size_t i = from + v * kWidth;
    store(out + i, add(sum[v], mul(shift, load(p + i))));
  }
}

// out = gram * p + l2 * p, rows of the Gram matrix added one after the other.
inline void times_gram(const float* gram, const float* p, float l2, size_t stride, float* out) {
  size_t from = 0;
  for (; from + kStretch * kLanes <= stride; from += kStretch * kLanes) gram_stretch<kStretch>(gram, p, l2, stride, from, out);
  for (; from < stride; from += kLanes) gram_stretch<1>(gram, p, l2, stride, from, out);
}

inline void clear_row(float* row, size_t stride) {
  for (size_t i = 0; i < stride; i += kWidth) store(row + i, zero());
}

void solve_row(const kindred::AlsHalf& half, size_t row, float* scratch) {
  const size_t stride = half.stride;
  float* x = half.factors + row * stride;
  float *residual = scratch, *p = scratch + stride, *product = scratch + 2 * stride;
  const bool empty = half.indptr[row] == half.indptr[row + 1];
  if (half.cold || empty) clear_row(x, stride);
  if (empty) return;
  const float l2 = half.l2[row];
  times_gram(half.gram, x, l2, stride, product);
  for (size_t i = 0; i < stride; i += kWidth) store(residual + i, sub(zero(), load(product + i)));
  add_all_cells<ResidualTerm>(half, row, x, residual);
  for (size_t i = 0; i < stride; i += kWidth) store(p + i, load(residual + i));
  float squares = dot(residual, residual, stride);
  const float enough = half.tolerance * squares;
  for (size_t step = 0; step < half.steps && squares > enough; step++) {
    times_gram(half.gram, p, l2, stride, product);
    add_all_cells<ProductTerm>(half, row, p, product);
    const float curvature = dot(p, product, stride);
    if (!(curvature > 0.0f)) return;
    const F32 length = broadcast(squares / curvature);
    for (size_t i = 0; i < stride; i += kWidth) {
      store(x + i, add(load(x + i), mul(length, load(p + i))));
      store(residual + i, sub(load(residual + i), mul(length, load(product + i))));
    }
    const float left = dot(residual, residual, stride);
    const F32 turn = broadcast(left / squares);
    for (size_t i = 0; i < stride; i += kWidth) store(p + i, add(load(residual + i), mul(turn, load(p + i))));
    squares = left;
  }
}

void solve(const kindred::AlsHalf& half, size_t first, size_t last, float* scratch) {
  for (size_t row = first; row < last; row++) solve_row(half, row, scratch);
}

// float32 sums over a block of rows of the products of kGramRows elements from `row` on with sixteen from `column` on.
inline void gram_sums(const float* rows, size_t count, size_t stride, size_t row, size_t column, float* sums) {
  F32 sum[kGramRows][kParts];
#pragma GCC unroll 16
  for (size_t r = 0; r < kGramRows; r++) {
#pragma GCC unroll 16
    for (size_t p = 0; p < kParts; p++) sum[r][p] = zero();
  }
  for (size_t n = 0; n < count; n++, rows += stride) {
    F32 b[kParts];
#pragma GCC unroll 16
    for (size_t p = 0; p < kParts; p++) b[p] = load(rows + column + p * kWidth);
#pragma GCC unroll 16
    for (size_t r = 0; r < kGramRows; r++) {
      const F32 a = broadcast(rows[row + r]);
#pragma GCC unroll 16
      for (size_t p = 0; p < kParts; p++) sum[r][p] = add(sum[r][p], mul(a, b[p]));
    }
  }
#pragma GCC unroll 16
  for (size_t r = 0; r < kGramRows; r++) {
#pragma GCC unroll 16
    for (size_t p = 0; p < kParts; p++) store(sums + r * kLanes + p * kWidth, sum[r][p]);
  }
}

void gram(const float* rows, size_t count, size_t stride, size_t row, size_t column, float* out) {
  constexpr size_t kTile = kindred::kGramTile;
  float sums[kGramRows * kTile];
  double total[kTile * kTile] = {};
  for (size_t begin = 0; begin < count; begin += kindred::kGramBlock) {
    const size_t size = count - begin < kindred::kGramBlock ? count - begin : kindred::kGramBlock;
    for (size_t r = 0; r < kTile; r += kGramRows) {
      gram_sums(rows + begin * stride, size, stride, row + r, column, sums);
      for (size_t n = 0; n < kGramRows * kTile; n++) total[r * kTile + n] += static_cast<double>(sums[n]);
    }
  }
  for (size_t r = 0; r < kTile; r++) {
    for (size_t c = 0; c < kTile; c++) {
      const float sum = static_cast<float>(total[r * kTile + c]);
      out[(row + r) * stride + column + c] = sum;
      out[(column + c) * stride + row + r] = sum;
    }
  }
}

constexpr kindred::AlsKernels make_als_kernels() { return {solve, gram}; }

}  // namespace
