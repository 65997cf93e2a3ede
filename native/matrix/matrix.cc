// Blocked all-pairs sums after Goto and van de Geijn (2008): pack both sides, keep one block of b in the level-2
// cache, run a register tile over it. The tile accumulates in float64 by canonical lanes, so an entry has the bits
// of the pair's own score, rounded to float32.
#include "matrix/matrix.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <vector>

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
void Panels::pack_panel(const T* data, size_t index) {
  const size_t first = index * panel_rows_, filled = std::min(panel_rows_, rows_ - first);
  double* to = buffer_.data() + index * panel_size();
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

template <class T>
void Panels::pack(const T* data, size_t rows) {
  expect(rows);
  for (size_t index = 0; index < count(); index++) pack_panel(data, index);
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
  for_tiles(kernels, op, a, b, first_panel, [&](const Tile& tile, auto compute) {
    compute();
    for (size_t r = 0; r < tile.tall; r++) {
      std::copy_n(tile.sums + r * tile.stride, tile.wide, sums + (tile.row + r) * stride + tile.column);
    }
  });
}

TileOp tile_op(Metric metric, Dtype dtype) {
  if (sum_of(metric) == Sum::kSquaredDifferences) return kTileSquaredDistance;
  return dtype == Dtype::kFloat64 ? kTileDotFloat64 : kTileDotFloat32;
}

namespace {

double dot_with_itself(const CanonicalKernels& kernels, const float* row, size_t dim) { return kernels.dot_f32(row, row, dim); }
double dot_with_itself(const CanonicalKernels& kernels, const double* row, size_t dim) { return kernels.dot_f64(row, row, dim); }

// Lengths of the rows of one side. Behind the last come zeros, as far as a tile reaches.
struct Side {
  std::vector<double> squares, inverses;

  // Returns the first row whose sum of squares is not finite, or -1.
  template <class T>
  ptrdiff_t measure(const CanonicalKernels& kernels, Rows<T> rows) {
    squares.resize(rows.rows);
    inverses.resize(rows.rows + std::max(kernels.tile_rows, kernels.tile_columns));
    for (size_t i = 0; i < rows.rows; i++) {
      squares[i] = dot_with_itself(kernels, rows.data + i * rows.dim, rows.dim);
      if (!std::isfinite(squares[i])) return static_cast<ptrdiff_t>(i);
      inverses[i] = inverse_length(squares[i]);
    }
    return -1;
  }
};

// Turns tiles of sums into cells. Against itself a matrix gets those from the diagonal on, and each once more across it:
// so every cell is written once, from a tile that is in the first cache.
class Cells {
 public:
  Cells(const CanonicalKernels& kernels, Metric metric, const Side& rows, const Side& columns, size_t width, float* out)
      : kernels_(kernels), metric_(metric), rows_(rows), columns_(columns), width_(width), is_symmetric_(&rows == &columns), out_(out) {}

  // Asks for the memory of a tile's cells, which comes while the tile is computed. `i` and `j` are the tile's first row and
  // column in the whole matrix.
  void ask(const Tile& tile, size_t i, size_t j) const {
    for (size_t r = 0; r < tile.tall; r++) ask(out_ + (i + r) * width_ + j, tile.wide);
    for (size_t c = 0; is_symmetric_ && c < tile.wide; c++) ask(out_ + (j + c) * width_ + i, tile.tall);
  }

  void write(const Tile& tile, size_t i, size_t j) const {
    float cells[kMaxTile];
    finish(tile, i, j, cells);
    const bool crosses = is_symmetric_ && j < i + tile.tall;
    for (size_t r = 0; r < tile.tall; r++) {
      const size_t skipped = crosses && i + r > j ? std::min(i + r - j, tile.wide) : 0;
      std::copy_n(cells + r * tile.stride + skipped, tile.wide - skipped, out_ + (i + r) * width_ + j + skipped);
    }
    if (!is_symmetric_) return;
    for (size_t c = 0; c < tile.wide; c++) {
      const size_t present = crosses ? std::min(tile.tall, j + c > i ? j + c - i : 0) : tile.tall;
      float* to = out_ + (j + c) * width_ + i;
      for (size_t r = 0; r < present; r++) to[r] = cells[r * tile.stride + c];
    }
  }

 private:
  static void ask(const float* first, size_t count) {
#if defined(__GNUC__)
    __builtin_prefetch(first, 1);
    __builtin_prefetch(first + count - 1, 1);
#endif
  }

  void finish(const Tile& tile, size_t i, size_t j, float* cells) const {
    if (metric_ == Metric::kCosine && kernels_.tile_cosines(tile.sums, &rows_.inverses[i], &columns_.inverses[j], cells)) return;
    for (size_t r = 0; r < tile.tall; r++) {
      const size_t at = r * tile.stride;
      finish_rounded(metric_, rows_.squares[i + r], &columns_.squares[j], tile.wide, tile.sums + at, cells + at);
    }
  }

  const CanonicalKernels& kernels_;
  const Metric metric_;
  const Side &rows_, &columns_;
  const size_t width_;
  const bool is_symmetric_;
  float* const out_;
};

// Calls work(thread, n) for each n below `count`, on threads that take the next as they get to it.
template <class Work>
void share(Pool& pool, size_t threads, size_t count, Work work) {
  std::atomic<size_t> next{0};
  pool.run(std::min(threads, count), [&](size_t thread) {
    for (size_t n; (n = next.fetch_add(1)) < count;) work(thread, n);
  });
}

// Products of elements that are worth a thread, some 100 microseconds of work; and near blocks that each is to get, to even out.
constexpr double kLeastProducts = 2e6;
constexpr size_t kBlocksOfThread = 4;

}  // namespace

template <class T>
ptrdiff_t similarity_matrix(const CanonicalKernels& kernels, Pool& pool, size_t threads, Metric metric, Rows<T> a,
                            const Rows<T>* b, float* out) {
  const Rows<T> right = b != nullptr ? *b : a;
  Side side_a, side_b;
  if (const ptrdiff_t bad = side_a.measure(kernels, a); bad >= 0) return bad;
  if (b != nullptr) {
    if (const ptrdiff_t bad = side_b.measure(kernels, right); bad >= 0) return static_cast<ptrdiff_t>(a.rows) + bad;
  }
  if (a.rows == 0 || right.rows == 0) return -1;

  const TileOp op = tile_op(metric, sizeof(T) == sizeof(double) ? Dtype::kFloat64 : Dtype::kFloat32);
  const double products = static_cast<double>(a.rows) * static_cast<double>(right.rows) * static_cast<double>(a.dim);
  threads = static_cast<size_t>(std::min(static_cast<double>(threads), 1 + products / kLeastProducts));
  const size_t even = threads > 1 ? a.rows / (threads * kBlocksOfThread) / kernels.tile_rows * kernels.tile_rows : a.rows;
  const size_t tall = std::min({a.rows, block_rows(kNear, kernels.tile_rows, a.dim), std::max(even, kernels.tile_rows)});
  const size_t wide = std::min(right.rows, block_rows(kFar, kernels.tile_columns, a.dim));
  std::vector<Panels> near_blocks;
  for (size_t t = 0; t < threads; t++) near_blocks.emplace_back(kernels.tile_rows, a.dim, tall);
  Panels far_block(kernels.tile_columns, a.dim, wide);
  const Cells cells(kernels, metric, side_a, b != nullptr ? side_b : side_a, right.rows, out);
  for (size_t j0 = 0; j0 < right.rows; j0 += wide) {
    far_block.expect(std::min(wide, right.rows - j0));
    share(pool, threads, far_block.count(), [&](size_t, size_t n) { far_block.pack_panel(right.data + j0 * right.dim, n); });
    // Against itself only the panels that touch the upper triangle are needed.
    const size_t last_row = b != nullptr ? a.rows : j0 + far_block.rows();
    share(pool, threads, (last_row + tall - 1) / tall, [&](size_t thread, size_t n) {
      const size_t i0 = n * tall;
      Panels& near_block = near_blocks[thread];
      near_block.pack(a.data + i0 * a.dim, std::min(tall, last_row - i0));
      const size_t first_panel = b != nullptr || i0 <= j0 ? 0 : (i0 - j0) / far_block.panel_rows();
      for_tiles(kernels, op, near_block, far_block, first_panel, [&](const Tile& tile, auto compute) {
        const size_t i = i0 + tile.row, j = j0 + tile.column;
        if (b == nullptr && i >= j + tile.wide) return;
        cells.ask(tile, i, j);
        compute();
        cells.write(tile, i, j);
      });
    });
  }
  return -1;
}

template ptrdiff_t similarity_matrix(const CanonicalKernels&, Pool&, size_t, Metric, Rows<float>, const Rows<float>*, float*);
template ptrdiff_t similarity_matrix(const CanonicalKernels&, Pool&, size_t, Metric, Rows<double>, const Rows<double>*, float*);

}  // namespace kindred
