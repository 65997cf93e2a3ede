// Dense linear algebra in float64 for models: the kernels of one level. The arithmetic is contract.ts's.
#pragma once
#include <cstddef>
#include <cstdint>

namespace kindred {

// Extents of matrices that kernels work on are multiples of this, and so of every level's tile.
constexpr size_t kLinearGrain = 24;
// Columns whose sums are kept in registers while sparse rows are multiplied by a dense matrix.
constexpr size_t kSumColumns = 64;

// No product is fused with a sum unless it is exact, so that every level gives the same bits.
struct LinearKernels {
  // A tile has `tall` rows and `wide` columns; both divide kLinearGrain.
  size_t tall, wide;
  // c[r * stride + j] -= a[k * tall + r] * b[k * wide + j] for k = 0 .. depth - 1, one after the other.
  void (*subtract_products)(const double* a, const double* b, size_t depth, double* c, ptrdiff_t stride);
  // Forward substitution on a tile of tall x wide: row r loses coefficients[r * tall + q] times row q for q = 0 .. r - 1,
  // and is divided by coefficients[r * tall + r].
  void (*substitute)(const double* coefficients, double* tile);
  // sums[j] = the sum of weights[n] * panel[rows[n] * kSumColumns + j] by ascending n, from 0.
  void (*weighted_sums)(const uint32_t* rows, const float* weights, size_t count, const float* panel, double* sums);
};

}  // namespace kindred
