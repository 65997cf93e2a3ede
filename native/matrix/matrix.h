// All rows against all rows: packing, blocking, and the similarity matrix.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "isa/generic/canonical.h"
#include "machine/pool.h"
#include "order/score.h"

namespace kindred {

// Row-major rows of float or double.
template <class T>
struct Rows {
  const T* data;
  size_t rows;
  size_t dim;
};

// A buffer of float64 on a cache line, not initialized.
class AlignedDoubles {
 public:
  explicit AlignedDoubles(size_t count) : storage_(new double[count + 8]) {
    const auto address = reinterpret_cast<uintptr_t>(storage_.get());
    start_ = storage_.get() + ((64 - address % 64) % 64) / sizeof(double);
  }
  double* data() { return start_; }

 private:
  std::unique_ptr<double[]> storage_;
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
  // The same in parts, by several threads: first how many rows there will be, then each panel.
  void expect(size_t rows) { rows_ = rows; }
  template <class T>
  void pack_panel(const T* data, size_t index);

  size_t rows() const { return rows_; }
  size_t count() const { return (rows_ + panel_rows_ - 1) / panel_rows_; }
  size_t steps() const { return steps_; }
  size_t panel_rows() const { return panel_rows_; }
  size_t panel_size() const { return kLanes * steps_ * panel_rows_; }
  const double* panel(size_t index) { return buffer_.data() + index * panel_size(); }

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

// Part of a product: sums of `tall` rows of a from `row` on, and `wide` of b from `column` on, `stride` apart.
struct Tile {
  size_t row, column, tall, wide, stride;
  double* sums;
};

// Canonical sums of every packed row of a against every packed row of b from panel `first_panel` on, tile by tile:
// visit(tile, compute), where compute() fills the tile's sums.
template <class Visit>
void for_tiles(const CanonicalKernels& kernels, TileOp op, Panels& a, Panels& b, size_t first_panel, Visit visit) {
  alignas(64) double sums[kMaxTile];
  // Of the next panel of b each tile asks for what its kernel can.
  const size_t asked = 64 / sizeof(double) * kLanes * b.steps();
  for (size_t q = first_panel; q < b.count(); q++) {
    const double* coming = b.panel(std::min(q + 1, b.count() - 1));
    for (size_t p = 0; p < a.count(); p++) {
      const size_t row = p * a.panel_rows(), column = q * b.panel_rows();
      const Tile tile = {row, column, std::min(a.panel_rows(), a.rows() - row), std::min(b.panel_rows(), b.rows() - column),
                         b.panel_rows(), sums};
      visit(tile, [&] { kernels.tile[op](a.panel(p), b.panel(q), b.steps(), coming + p * asked % b.panel_size(), sums); });
    }
  }
}

// The same into a table: sums[i * stride + j].
void multiply(const CanonicalKernels& kernels, TileOp op, Panels& a, Panels& b, size_t first_panel, double* sums, size_t stride);

TileOp tile_op(Metric metric, Dtype dtype);

// contract.ts `matrix`: `b == nullptr` means a against itself, each pair once. Returns the first bad row or -1.
template <class T>
ptrdiff_t similarity_matrix(const CanonicalKernels& kernels, Pool& pool, size_t threads, Metric metric, Rows<T> a,
                            const Rows<T>* b, float* out);

}  // namespace kindred
