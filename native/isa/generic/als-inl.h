// Alternating least squares over a set's vectors. No product is fused with a sum, so that all backends train the same bits.
//   kAlsRows    rows whose dots are computed side by side, enough to hide the latency of an addition
//   kGramRows   rows of a Gram tile held in registers, a divisor of 16
//   kStretch    vectors of sixteen lanes that a product with a Gram matrix keeps in registers
#pragma once
#include "isa/generic/als.h"
#include "isa/generic/dots-inl.h"

namespace {
namespace als {

using kindred::kLanes;

// Never faults.
inline void prefetch_row(const float* row, size_t stride) {
#if defined(__GNUC__)
  constexpr size_t kCacheLine = 64 / sizeof(float);
  for (size_t i = 0; i < stride; i += kCacheLine) __builtin_prefetch(row + i);
#endif
}

inline float dot(const float* a, const float* b, size_t stride) {
  F32 sum[kF32Parts];
  for (size_t p = 0; p < kF32Parts; p++) sum[p] = zero_f32();
  for (size_t i = 0; i < stride; i += kLanes) {
    for (size_t p = 0; p < kF32Parts; p++) {
      sum[p] = add(sum[p], mul(load_f32(a + i + p * kF32), load_f32(b + i + p * kF32)));
    }
  }
  return fold(sum);
}

// out += scale[0] * rows[0], then += scale[1] * rows[1] and so on.
template <size_t kRows>
inline void add_scaled(float* out, const float* const* rows, const float* scale, size_t stride) {
  F32 factor[kRows];
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; r++) factor[r] = splat_f32(scale[r]);
  for (size_t i = 0; i < stride; i += kF32) {
    F32 sum = load_f32(out + i);
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; r++) sum = add(sum, mul(factor[r], load_f32(rows[r] + i)));
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
  for (; at + kAlsRows <= end; at += kAlsRows) {
    for (size_t ahead = at + kAlsRows; ahead < at + 2 * kAlsRows && ahead < end; ahead++) {
      prefetch_row(half.others + half.indices[ahead] * half.stride, half.stride);
    }
    add_cells<Term, kAlsRows>(half, p, at, out);
  }
  for (; at < end; at++) add_cells<Term, 1>(half, p, at, out);
}

template <size_t kBlocks>
inline void gram_stretch(const float* gram, const float* p, float l2, size_t stride, size_t from, float* out) {
  F32 sum[kBlocks * kF32Parts];
#pragma GCC unroll 16
  for (size_t v = 0; v < kBlocks * kF32Parts; v++) sum[v] = zero_f32();
  for (size_t m = 0; m < stride; m++) {
    const F32 x = splat_f32(p[m]);
    const float* row = gram + m * stride + from;
#pragma GCC unroll 16
    for (size_t v = 0; v < kBlocks * kF32Parts; v++) sum[v] = add(sum[v], mul(x, load_f32(row + v * kF32)));
  }
  const F32 shift = splat_f32(l2);
#pragma GCC unroll 16
  for (size_t v = 0; v < kBlocks * kF32Parts; v++) {
    const size_t i = from + v * kF32;
    store(out + i, add(sum[v], mul(shift, load_f32(p + i))));
  }
}

// out = gram * p + l2 * p, rows of the Gram matrix added one after the other.
inline void times_gram(const float* gram, const float* p, float l2, size_t stride, float* out) {
  size_t from = 0;
  for (; from + kStretch * kLanes <= stride; from += kStretch * kLanes) gram_stretch<kStretch>(gram, p, l2, stride, from, out);
  for (; from < stride; from += kLanes) gram_stretch<1>(gram, p, l2, stride, from, out);
}

inline void clear_row(float* row, size_t stride) {
  for (size_t i = 0; i < stride; i += kF32) store(row + i, zero_f32());
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
  for (size_t i = 0; i < stride; i += kF32) store(residual + i, sub(zero_f32(), load_f32(product + i)));
  add_all_cells<ResidualTerm>(half, row, x, residual);
  for (size_t i = 0; i < stride; i += kF32) store(p + i, load_f32(residual + i));
  float squares = dot(residual, residual, stride);
  const float enough = half.tolerance * squares;
  for (size_t step = 0; step < half.steps && squares > enough; step++) {
    times_gram(half.gram, p, l2, stride, product);
    add_all_cells<ProductTerm>(half, row, p, product);
    const float curvature = dot(p, product, stride);
    if (!(curvature > 0.0f)) return;
    const F32 length = splat_f32(squares / curvature);
    for (size_t i = 0; i < stride; i += kF32) {
      store(x + i, add(load_f32(x + i), mul(length, load_f32(p + i))));
      store(residual + i, sub(load_f32(residual + i), mul(length, load_f32(product + i))));
    }
    const float left = dot(residual, residual, stride);
    const F32 turn = splat_f32(left / squares);
    for (size_t i = 0; i < stride; i += kF32) store(p + i, add(load_f32(residual + i), mul(turn, load_f32(p + i))));
    squares = left;
  }
}

void solve(const kindred::AlsHalf& half, size_t first, size_t last, float* scratch) {
  for (size_t row = first; row < last; row++) solve_row(half, row, scratch);
}

// float32 sums over a block of rows of the products of kGramRows elements from `row` on with sixteen from `column` on.
inline void gram_sums(const float* rows, size_t count, size_t stride, size_t row, size_t column, float* sums) {
  F32 sum[kGramRows][kF32Parts];
#pragma GCC unroll 16
  for (size_t r = 0; r < kGramRows; r++) {
#pragma GCC unroll 16
    for (size_t p = 0; p < kF32Parts; p++) sum[r][p] = zero_f32();
  }
  for (size_t n = 0; n < count; n++, rows += stride) {
    F32 b[kF32Parts];
#pragma GCC unroll 16
    for (size_t p = 0; p < kF32Parts; p++) b[p] = load_f32(rows + column + p * kF32);
#pragma GCC unroll 16
    for (size_t r = 0; r < kGramRows; r++) {
      const F32 a = splat_f32(rows[row + r]);
#pragma GCC unroll 16
      for (size_t p = 0; p < kF32Parts; p++) sum[r][p] = add(sum[r][p], mul(a, b[p]));
    }
  }
#pragma GCC unroll 16
  for (size_t r = 0; r < kGramRows; r++) {
#pragma GCC unroll 16
    for (size_t p = 0; p < kF32Parts; p++) store(sums + r * kLanes + p * kF32, sum[r][p]);
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

constexpr kindred::AlsKernels table() { return {solve, gram}; }

}  // namespace als
}  // namespace
