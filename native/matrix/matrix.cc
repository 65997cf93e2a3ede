// Blocked all-pairs sums after Goto and van de Geijn (2008): pack both sides, keep one block of b in the level-2
// cache, run a register tile over it. The tile accumulates in float64 by canonical lanes, so an entry has the bits
// of the pair's own score, rounded to float32.
#include "matrix/matrix.h"

#include <algorithm>
#include <cmath>

#include "isa/generic/widen-inl.h"

namespace kindred {

namespace {

constexpr size_t kReversedLane[kLanes] = {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15};

}  // namespace

Panels::Panels(size_t panel_rows, size_t dim, size_t max_rows)
    : panel_rows_(panel_rows),
      dim_(dim),
      steps_((dim + kLanes - 1) / kLanes),
      buffer_((max_rows + panel_rows - 1) / panel_rows * panel_rows * kLanes * steps_) {}

template <class T>
void Panels::pack(const T* data, size_t rows) {
  rows_ = rows;
  double* to = buffer_.data();
  for (size_t first = 0; first < rows; first += panel_rows_) {
    const size_t filled = std::min(panel_rows_, rows - first);
    for (const size_t lane : kReversedLane) {
      for (size_t element = lane; element < steps_ * kLanes; element += kLanes) {
        // The panel's rows stay in the level-1 cache while the lanes walk over them; writes are in order.
        const T* from = data + first * dim_ + element;
        const size_t present = element < dim_ ? filled : 0;
        for (size_t r = 0; r < present; r++) to[r] = widen(from[r * dim_]);
        std::fill(to + present, to + panel_rows_, 0.0);
        to += panel_rows_;
      }
    }
  }
}

template void Panels::pack(const float*, size_t);
template void Panels::pack(const double*, size_t);

void Panels::pack(Dtype dtype, const uint8_t* data, size_t rows) {
  with_element(dtype, [&](auto element) { pack(reinterpret_cast<const decltype(element)*>(data), rows); });
}

size_t block_rows(Block block, size_t panel_rows, size_t dim) {
  const size_t row_bytes = (dim + kLanes - 1) / kLanes * kLanes * sizeof(double);
  const size_t rows = std::min(block.max_rows, block.bytes / row_bytes);
  return std::max<size_t>(1, rows / panel_rows) * panel_rows;
}

void multiply(const CanonicalKernels& kernels, TileOp op, Panels& a, Panels& b, size_t first_panel, double* sums, size_t stride) {
  alignas(64) double tile[kMaxTile];
  const TileKernel kernel = kernels.tile[op];
  for (size_t q = first_panel; q < b.count(); q++) {
    const size_t column = q * b.panel_rows(), wide = std::min(b.panel_rows(), b.rows() - column);
    for (size_t p = 0; p < a.count(); p++) {
      const size_t row = p * a.panel_rows(), tall = std::min(a.panel_rows(), a.rows() - row);
      kernel(a.panel(p), b.panel(q), a.steps(), tile);
      for (size_t r = 0; r < tall; r++) {
        std::copy_n(tile + r * b.panel_rows(), wide, sums + (row + r) * stride + column);
      }
    }
  }
}

TileOp tile_op(Metric metric, Dtype dtype) {
  if (sum_of(metric) == Sum::kSquaredDifferences) return kTileSquaredDistance;
  return dtype == Dtype::kFloat64 ? kTileDotFloat64 : kTileDotFloat32;
}

namespace {

double dot_with_itself(const CanonicalKernels& kernels, const float* row, size_t dim) { return kernels.dot_f32(row, row, dim); }
double dot_with_itself(const CanonicalKernels& kernels, const double* row, size_t dim) { return kernels.dot_f64(row, row, dim); }

// Lengths of the rows of one side.
struct Side {
  std::vector<double> squares, inverses;

  // Returns the first row whose sum of squares is not finite, or -1.
  template <class T>
  ptrdiff_t measure(const CanonicalKernels& kernels, Rows<T> rows) {
    squares.resize(rows.rows);
    inverses.resize(rows.rows);
    for (size_t i = 0; i < rows.rows; i++) {
      squares[i] = dot_with_itself(kernels, rows.data + i * rows.dim, rows.dim);
      if (!std::isfinite(squares[i])) return static_cast<ptrdiff_t>(i);
      inverses[i] = inverse_length(squares[i]);
    }
    return -1;
  }

  Lengths from(size_t first) const { return {squares.data() + first, inverses.data() + first}; }
};

// Copies the upper triangle down, in squares that fit the cache.
void mirror(float* out, size_t n) {
  constexpr size_t kSquare = 64;
  for (size_t i0 = 0; i0 < n; i0 += kSquare) {
    for (size_t j0 = 0; j0 <= i0; j0 += kSquare) {
      for (size_t i = i0; i < std::min(n, i0 + kSquare); i++) {
        for (size_t j = j0; j < std::min(i, j0 + kSquare); j++) out[i * n + j] = out[j * n + i];
      }
    }
  }
}

}  // namespace

template <class T>
ptrdiff_t similarity_matrix(const CanonicalKernels& kernels, Metric metric, Rows<T> a, const Rows<T>* b, float* out) {
  const Rows<T> right = b != nullptr ? *b : a;
  Side side_a, side_b;
  if (const ptrdiff_t bad = side_a.measure(kernels, a); bad >= 0) return bad;
  if (b != nullptr) {
    if (const ptrdiff_t bad = side_b.measure(kernels, right); bad >= 0) return static_cast<ptrdiff_t>(a.rows) + bad;
  }
  const Side& side_right = b != nullptr ? side_b : side_a;
  if (a.rows == 0 || right.rows == 0) return -1;

  const TileOp op = tile_op(metric, sizeof(T) == sizeof(double) ? Dtype::kFloat64 : Dtype::kFloat32);
  const size_t tall = std::min(a.rows, block_rows(kNear, kernels.tile_rows, a.dim));
  const size_t wide = std::min(right.rows, block_rows(kFar, kernels.tile_columns, a.dim));
  Panels panels_a(kernels.tile_rows, a.dim, tall);
  Panels panels_b(kernels.tile_columns, a.dim, wide);
  AlignedDoubles sums(tall * wide);
  for (size_t j0 = 0; j0 < right.rows; j0 += wide) {
    const size_t columns = std::min(wide, right.rows - j0);
    panels_b.pack(right.data + j0 * right.dim, columns);
    // Against itself only the panels that touch the upper triangle are needed.
    const size_t last_row = b != nullptr ? a.rows : j0 + columns;
    for (size_t i0 = 0; i0 < last_row; i0 += tall) {
      const size_t rows = std::min(tall, last_row - i0);
      panels_a.pack(a.data + i0 * a.dim, rows);
      const size_t first_panel = b != nullptr || i0 <= j0 ? 0 : (i0 - j0) / panels_b.panel_rows();
      const size_t j1 = first_panel * panels_b.panel_rows();
      multiply(kernels, op, panels_a, panels_b, first_panel, sums.data(), columns);
      for (size_t i = 0; i < rows; i++) {
        double* line = sums.data() + i * columns;
        float* to = out + (i0 + i) * right.rows + j0;
        finish_rounded(metric, side_a.from(i0 + i), side_right.from(j0 + j1), columns - j1, line + j1, to + j1);
      }
    }
  }
  if (b == nullptr) mirror(out, a.rows);
  return -1;
}

template ptrdiff_t similarity_matrix(const CanonicalKernels&, Metric, Rows<float>, const Rows<float>*, float*);
template ptrdiff_t similarity_matrix(const CanonicalKernels&, Metric, Rows<double>, const Rows<double>*, float*);

}  // namespace kindred
