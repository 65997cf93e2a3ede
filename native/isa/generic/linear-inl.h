// Kernels of dense linear algebra, written once. Each isa/linear_*.cc first defines its vector of float64, then includes it.
//
// What the including file provides, all in an unnamed namespace:
//   F64, kWidth                      a register of kWidth float64
//   kTall, kWideParts                rows of a tile, and registers that one of them fills
//   kSumParts                        registers of sums that a sparse row is multiplied into at a time
//   zero() load(p) broadcast(x) store(p, v) mul sub divide
//   add_exact_product(sum, a, b)     sum + a * b, where the product is exact: fused or not
//   widen(p)                         kWidth float32 as float64
//
// Everything stays in the unnamed namespace and no standard container is used, as in kernels-inl.h.
#include "isa/generic/linear.h"

namespace {

constexpr size_t kWide = kWideParts * kWidth;

void subtract_products(const double* a, const double* b, size_t depth, double* c, ptrdiff_t stride) {
  F64 sum[kTall][kWideParts];
#pragma GCC unroll 8
  for (size_t r = 0; r < kTall; r++) {
#pragma GCC unroll 6
    for (size_t p = 0; p < kWideParts; p++) sum[r][p] = load(c + static_cast<ptrdiff_t>(r) * stride + p * kWidth);
  }
  for (size_t k = 0; k < depth; k++) {
    F64 right[kWideParts];
#pragma GCC unroll 6
    for (size_t p = 0; p < kWideParts; p++) right[p] = load(b + p * kWidth);
#pragma GCC unroll 8
    for (size_t r = 0; r < kTall; r++) {
      const F64 left = broadcast(a[r]);
#pragma GCC unroll 6
      for (size_t p = 0; p < kWideParts; p++) sum[r][p] = sub(sum[r][p], mul(left, right[p]));
    }
    a += kTall;
    b += kWide;
  }
#pragma GCC unroll 8
  for (size_t r = 0; r < kTall; r++) {
#pragma GCC unroll 6
    for (size_t p = 0; p < kWideParts; p++) store(c + static_cast<ptrdiff_t>(r) * stride + p * kWidth, sum[r][p]);
  }
}

void substitute(const double* coefficients, double* tile) {
  for (size_t r = 0; r < kTall; r++) {
    const double* row = coefficients + r * kTall;
    for (size_t p = 0; p < kWide; p += kWidth) {
      F64 value = load(tile + r * kWide + p);
      for (size_t q = 0; q < r; q++) value = sub(value, mul(broadcast(row[q]), load(tile + q * kWide + p)));
      store(tile + r * kWide + p, divide(value, broadcast(row[r])));
    }
  }
}

void weighted_sums(const uint32_t* rows, const float* weights, size_t count, const float* panel, double* sums) {
  constexpr size_t kColumns = kSumParts * kWidth;
  for (size_t from = 0; from < kindred::kSumColumns; from += kColumns) {
    F64 sum[kSumParts];
#pragma GCC unroll 16
    for (size_t p = 0; p < kSumParts; p++) sum[p] = zero();
    for (size_t n = 0; n < count; n++) {
      const F64 weight = broadcast(static_cast<double>(weights[n]));
      const float* row = panel + rows[n] * kindred::kSumColumns + from;
#pragma GCC unroll 16
      for (size_t p = 0; p < kSumParts; p++) sum[p] = add_exact_product(sum[p], weight, widen(row + p * kWidth));
    }
#pragma GCC unroll 16
    for (size_t p = 0; p < kSumParts; p++) store(sums + from + p * kWidth, sum[p]);
  }
}

}  // namespace
