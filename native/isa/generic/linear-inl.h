// Dense linear algebra in float64 over a set's vectors.
//   kLinearTileRows, kLinearTileParts   rows of a tile, and registers that one of them fills
//   kSumParts                           registers of sums that a sparse row is multiplied into at a time
#pragma once
#include "isa/generic/linear.h"

namespace {
namespace linear {

constexpr size_t kTall = kLinearTileRows, kWideParts = kLinearTileParts, kWide = kWideParts * kF64;

void subtract_products(const double* a, const double* b, size_t depth, double* c, ptrdiff_t stride) {
  F64 sum[kTall][kWideParts];
#pragma GCC unroll 8
  for (size_t r = 0; r < kTall; r++) {
#pragma GCC unroll 6
    for (size_t p = 0; p < kWideParts; p++) sum[r][p] = load_f64(c + static_cast<ptrdiff_t>(r) * stride + p * kF64);
  }
  for (size_t k = 0; k < depth; k++) {
    F64 right[kWideParts];
#pragma GCC unroll 6
    for (size_t p = 0; p < kWideParts; p++) right[p] = load_f64(b + p * kF64);
#pragma GCC unroll 8
    for (size_t r = 0; r < kTall; r++) {
      const F64 left = splat_f64(a[r]);
#pragma GCC unroll 6
      for (size_t p = 0; p < kWideParts; p++) sum[r][p] = sub(sum[r][p], mul(left, right[p]));
    }
    a += kTall;
    b += kWide;
  }
#pragma GCC unroll 8
  for (size_t r = 0; r < kTall; r++) {
#pragma GCC unroll 6
    for (size_t p = 0; p < kWideParts; p++) store(c + static_cast<ptrdiff_t>(r) * stride + p * kF64, sum[r][p]);
  }
}

void substitute(const double* coefficients, double* tile) {
  for (size_t r = 0; r < kTall; r++) {
    const double* row = coefficients + r * kTall;
    for (size_t p = 0; p < kWide; p += kF64) {
      F64 value = load_f64(tile + r * kWide + p);
      for (size_t q = 0; q < r; q++) value = sub(value, mul(splat_f64(row[q]), load_f64(tile + q * kWide + p)));
      store(tile + r * kWide + p, divide(value, splat_f64(row[r])));
    }
  }
}

void weighted_sums(const uint32_t* rows, const float* weights, size_t count, const float* panel, double* sums) {
  constexpr size_t kColumns = kSumParts * kF64;
  for (size_t from = 0; from < kindred::kSumColumns; from += kColumns) {
    F64 sum[kSumParts];
#pragma GCC unroll 16
    for (size_t p = 0; p < kSumParts; p++) sum[p] = zero_f64();
    for (size_t n = 0; n < count; n++) {
      const F64 weight = splat_f64(static_cast<double>(weights[n]));
      const float* row = panel + rows[n] * kindred::kSumColumns + from;
      // Exact products: fused or not.
#pragma GCC unroll 16
      for (size_t p = 0; p < kSumParts; p++) sum[p] = mul_add(weight, load_f64(row + p * kF64), sum[p]);
    }
#pragma GCC unroll 16
    for (size_t p = 0; p < kSumParts; p++) store(sums + from + p * kF64, sum[p]);
  }
}

constexpr kindred::LinearKernels table() { return {kTall, kWide, subtract_products, substitute, weighted_sums}; }

}  // namespace linear
}  // namespace
