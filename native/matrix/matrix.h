// All rows against all rows: packing, blocking, and the similarity matrix.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "isa/generic/canonical.h"
#include "order/score.h"

namespace kindred {

// Row-major rows of float or double.
template <class T>
struct Rows {
  const T* data;
  size_t rows;
  size_t dim;
};

// A buffer of float64 on a cache line.
class AlignedDoubles {
 public:
  explicit AlignedDoubles(size_t count) : storage_(count + 8) {
    const auto address = reinterpret_cast<uintptr_t>(storage_.data());
    start_ = storage_.data() + ((64 - address % 64) % 64) / sizeof(double);
  }
  double* data() { return start_; }

 private:
  std::vector<double> storage_;
  double* start_;
};

// Rows repacked for a tile kernel: panels of `panel_rows` rows (the last padded with zero rows), inside a panel the
// sixteen lanes in the order of their reversed bits, inside a lane one element of each row side by side.
class Panels {
 public:
  Panels(size_t panel_rows, size_t dim, size_t max_rows);

  template <class T>
  void pack(const T* data, size_t rows);
  // The same for rows of a dtype.
  void pack(Dtype dtype, const uint8_t* data, size_t rows);

  size_t rows() const { return rows_; }
  size_t count() const { return (rows_ + panel_rows_ - 1) / panel_rows_; }
  size_t steps() const { return steps_; }
  size_t panel_rows() const { return panel_rows_; }
  const double* panel(size_t index) { return buffer_.data() + index * kLanes * steps_ * panel_rows_; }

 private:
  size_t panel_rows_, dim_, steps_, rows_ = 0;
  AlignedDoubles buffer_;
};

// How much of one side is packed at a time. Near: walked again and again, so part of a level-2 cache. Far: walked once
// for each near block, so part of a level-3 cache. max_rows bounds the sums of a near block times a far one.
struct Block {
  size_t bytes, max_rows;
};
constexpr Block kNear = {384 * 1024, 120};
constexpr Block kFar = {4 * 1024 * 1024, 1024};

// Rows of `dim` in a block: whole panels, at least one.
size_t block_rows(Block block, size_t panel_rows, size_t dim);

// Canonical sums of every packed row of a against every packed row of b from panel `first_panel` on:
// sums[i * stride + j].
void multiply(const CanonicalKernels& kernels, TileOp op, Panels& a, Panels& b, size_t first_panel, double* sums, size_t stride);

TileOp tile_op(Metric metric, Dtype dtype);

// contract.ts `matrix`: `b == nullptr` means a against itself, each pair once. Returns the first bad row or -1.
template <class T>
ptrdiff_t similarity_matrix(const CanonicalKernels& kernels, Metric metric, Rows<T> a, const Rows<T>* b, float* out);

}  // namespace kindred
