// A symmetric positive definite matrix is inverted where it lies: G = UᵀU, V = U⁻¹, P = VVᵀ, each by panels of rows. A
// panel first loses the products of all rows (or columns) that it depends on, a chunk at a time by the blocking of Goto
// and van de Geijn ("Anatomy of High-Performance Matrix Multiplication", TOMS 2008): packed so that a chunk of the panel
// stays in the second cache and a strip of the other side in the first. Then it is solved against its own diagonal
// block. Every element sees its products one by one in the order of contract.ts, so that blocks, threads and vector
// widths leave no trace in its bits.
#include "linear/inverse.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

namespace kindred {

namespace {

// Rows of a panel and depth of a chunk, multiples of kLinearGrain: 576 KiB of a packed panel, 36 KiB of a strip.
constexpr size_t kPanelRows = 384;
constexpr size_t kDepth = 192;
constexpr double kUnitOfRounding = 1.0 / (uint64_t{1} << 52);

size_t rounded(size_t size) { return (size + kLinearGrain - 1) / kLinearGrain * kLinearGrain; }

size_t product_of(size_t a, size_t b) {
  if (b != 0 && a > SIZE_MAX / b) throw std::length_error("matrix");
  return a * b;
}

double* doubles(const Bytes& memory) { return reinterpret_cast<double*>(memory.get()); }

Bytes allocate_doubles(size_t count) { return allocate_bytes(product_of(std::max<size_t>(count, 1), sizeof(double))); }

// Calls work(strip, lane) for all strips. Strips are shared out one by one.
template <class Work>
void share_out(Pool& pool, size_t threads, size_t from, size_t to, const Work& work) {
  std::atomic<size_t> next{from};
  pool.run(std::min(threads, to - from), [&](size_t lane) {
    for (size_t strip; (strip = next.fetch_add(1, std::memory_order_relaxed)) < to;) work(strip, lane);
  });
}

}  // namespace

GramInverse::GramInverse(const LinearKernels& kernels, const SparseRows& matrix, double l2)
    : kernels_(kernels), size_(matrix.columns), stride_(rounded(matrix.columns)), l2_(l2),
      memory_(allocate_doubles(product_of(stride_, stride_))),
      left_memory_(allocate_doubles(std::min(kPanelRows, stride_) * std::min(std::max(kDepth, kPanelRows), stride_))),
      panel_memory_(allocate_doubles(product_of(std::min(kPanelRows, stride_), stride_))), matrix_(doubles(memory_)),
      left_(doubles(left_memory_)), panel_(doubles(panel_memory_)), right_stride_(0) {
  const size_t entries = matrix.indptr[matrix.rows];
  indptr_.assign(matrix.indptr, matrix.indptr + matrix.rows + 1);
  indices_.assign(matrix.indices, matrix.indices + entries);
  values_.assign(matrix.values, matrix.values + entries);
  // A counting sort by column: rows ascend within each.
  least_pivots_.assign(stride_, 0);
  row_starts_.assign(size_ + 2, 0);
  row_entries_.resize(entries);
  row_of_.resize(entries);
  for (const uint32_t column : indices_) row_starts_[column + 2]++;
  for (size_t column = 0; column < size_; column++) row_starts_[column + 2] += row_starts_[column + 1];
  for (size_t r = 0; r < matrix.rows; r++) {
    const double length = indptr_[r + 1] - indptr_[r];
    total_ += length * (length + 1) / 2;
    for (uint32_t p = indptr_[r]; p < indptr_[r + 1]; p++) {
      const uint32_t at = row_starts_[indices_[p] + 1]++;
      row_entries_[at] = p;
      row_of_[at] = static_cast<uint32_t>(r);
    }
  }
  const double n = static_cast<double>(stride_);
  total_ += n * n * n / 2 + n * n + n;
  if (size_ == 0) next_phase(Phase::kComplete);
}

void GramInverse::advance(Pool& pool, size_t threads, double products) {
  threads = std::max<size_t>(threads, 1);
  const size_t strip_doubles = std::max(kDepth, kPanelRows) * kernels_.wide;
  if (right_stride_ == 0 || right_stride_ < threads) {
    right_memory_ = allocate_doubles(product_of(strip_doubles, threads));
    right_stride_ = threads;
  }
  for (double left = products; phase_ != Phase::kComplete && failed_at_ < 0;) {
    const double spent = step(pool, threads, left);
    done_ = std::min(done_ + spent, total_ - 1);
    left -= spent;
    if (left <= 0) break;
  }
  if (phase_ == Phase::kComplete) done_ = total_;
}

double GramInverse::step(Pool& pool, size_t threads, double products) {
  if (phase_ == Phase::kGram) return add_gram(pool, threads, products);
  return chunk_ != chunk_end_ ? subtract_chunk(pool, threads) : finish_panel(pool, threads);
}

// A row of G lies in the first cache while the rows that hold its column are added to it.
double GramInverse::add_gram(Pool& pool, size_t threads, double products) {
  const size_t from = gram_row_;
  double spent = 0;
  while (gram_row_ < size_ && (gram_row_ == from || spent < products)) {
    spent += static_cast<double>(stride_);
    for (uint32_t at = row_starts_[gram_row_]; at < row_starts_[gram_row_ + 1]; at++) {
      spent += indptr_[row_of_[at] + 1] - row_entries_[at];
    }
    gram_row_++;
  }
  constexpr size_t kBlock = 8;
  share_out(pool, threads, 0, (gram_row_ - from + kBlock - 1) / kBlock, [&](size_t block, size_t) {
    for (size_t r = from + block * kBlock; r < std::min(gram_row_, from + (block + 1) * kBlock); r++) {
      double* sums = row(r);
      std::fill_n(sums, stride_, 0.0);
      const uint32_t* __restrict indices = indices_.data();
      const float* __restrict values = values_.data();
      for (uint32_t at = row_starts_[r]; at < row_starts_[r + 1]; at++) {
        const uint32_t end = indptr_[row_of_[at] + 1];
        uint32_t p = row_entries_[at];
        const double value = values[p];
        for (; p < end; p++) sums[indices[p]] += value * values[p];
      }
      sums[r] += l2_;
      least_pivots_[r] = sums[r] * (static_cast<double>(size_) * kUnitOfRounding);
    }
  });
  if (gram_row_ == size_) {
    for (size_t r = size_; r < stride_; r++) {
      std::fill_n(row(r), stride_, 0.0);
      row(r)[r] = 1;
    }
    next_phase(Phase::kFactor);
  }
  return spent;
}

void GramInverse::next_phase(Phase phase) {
  phase_ = phase;
  if (phase == Phase::kComplete) {
    std::vector<uint32_t>().swap(indices_);
    return;
  }
  if (phase == Phase::kInvert) {
    end_ = stride_;
    first_ = (stride_ - 1) / kPanelRows * kPanelRows;
  } else {
    first_ = 0;
    end_ = std::min(kPanelRows, stride_);
  }
  begin_panel();
}

// Which products a panel loses, in order: those of the rows above it, of the columns behind it from the last, or of all
// its columns.
void GramInverse::begin_panel() {
  if (phase_ == Phase::kFactor) {
    chunk_ = 0;
    chunk_end_ = first_;
    return;
  }
  copy_panel();
  if (phase_ == Phase::kInvert) {
    chunk_ = stride_;
    chunk_end_ = end_;
  } else {
    chunk_ = first_;
    chunk_end_ = stride_;
  }
}

// The panel's own rows are needed until it is finished, and overwritten before.
void GramInverse::copy_panel() {
  const size_t columns = stride_ - first_;
  for (size_t r = first_; r < end_; r++) {
    double* from = row(r) + first_;
    std::memcpy(panel_ + (r - first_) * columns, from, columns * sizeof(double));
    std::fill_n(from, columns, 0.0);
    if (phase_ == Phase::kInvert) row(r)[r] = 1;
  }
}

// left[tile][k][r]: what row r of a tile of the panel is multiplied by for the k-th product from..to. While it is solved
// against itself, products count rows of the panel in the order they are solved.
void GramInverse::pack_left(size_t from, size_t to, bool is_solving) {
  const size_t tall = kernels_.tall, depth = to - from, columns = stride_ - first_;
  for (size_t tile = 0; tile < end_ - first_; tile += tall) {
    double* out = left_ + tile * depth;
    for (size_t k = 0; k < depth; k++) {
      for (size_t r = 0; r < tall; r++) {
        const size_t i = solved_row(tile + r);
        if (phase_ == Phase::kFactor) {
          *out++ = row(from + k)[i];
        } else {
          const size_t column = is_solving ? solved_row(k) : phase_ == Phase::kInvert ? to - 1 - k : from + k;
          *out++ = panel_[(i - first_) * columns + column - first_];
        }
      }
    }
  }
}

// right[k][c]: what column c of a strip is multiplied by.
void GramInverse::pack_right(double* right, size_t column, size_t from, size_t to) const {
  const size_t wide = kernels_.wide, depth = to - from;
  if (phase_ == Phase::kMultiply) {
    const bool is_own = column < end_;
    const size_t stride = is_own ? stride_ - first_ : stride_;
    const double* rows = is_own ? panel_ + (column - first_) * stride + from - first_ : row(column) + from;
    for (size_t k = 0; k < depth; k++) {
      for (size_t c = 0; c < wide; c++) right[k * wide + c] = rows[c * stride + k];
    }
    return;
  }
  for (size_t k = 0; k < depth; k++) {
    const size_t r = phase_ == Phase::kInvert ? to - 1 - k : from + k;
    std::memcpy(right + k * wide, row(r) + column, wide * sizeof(double));
  }
}

double GramInverse::subtract_chunk(Pool& pool, size_t threads) {
  size_t from, to;
  if (phase_ == Phase::kInvert) {
    to = chunk_;
    from = std::max(chunk_end_, to < kDepth ? 0 : to - kDepth);
    chunk_ = from;
  } else {
    from = chunk_;
    to = std::min(chunk_end_, from + kDepth);
    chunk_ = to;
  }
  pack_left(from, to, false);
  const size_t wide = kernels_.wide, tall = kernels_.tall, depth = to - from;
  // Inverting, a column has nothing below its diagonal; multiplying, a row of the other side has nothing before it.
  const size_t first = (phase_ == Phase::kInvert ? std::max(first_, from) : first_) / wide;
  const size_t last = (phase_ == Phase::kMultiply ? to : stride_) / wide;
  const size_t strip_doubles = std::max(kDepth, kPanelRows) * wide;
  share_out(pool, threads, first, last, [&](size_t strip, size_t lane) {
    const size_t column = strip * wide;
    double* right = doubles(right_memory_) + lane * strip_doubles;
    pack_right(right, column, from, to);
    for (size_t tile = 0; tile < end_ - first_; tile += tall) {
      kernels_.subtract_products(left_ + tile * depth, right, depth, row(solved_row(tile)) + column, row_step());
    }
  });
  return static_cast<double>(end_ - first_) * static_cast<double>(depth) * static_cast<double>((last - first) * wide);
}

double GramInverse::finish_panel(Pool& pool, size_t threads) {
  const size_t rows = end_ - first_, wide = kernels_.wide;
  double spent = 0;
  if (phase_ != Phase::kMultiply) {
    if (phase_ == Phase::kFactor) {
      factor_diagonal();
      if (failed_at_ >= 0) return 0;
    } else {
      pack_left(0, rows, true);
    }
    const size_t first = (phase_ == Phase::kFactor ? end_ : first_) / wide, last = stride_ / wide;
    const size_t strip_doubles = std::max(kDepth, kPanelRows) * wide;
    if (first < last) {
      share_out(pool, threads, first, last, [&](size_t strip, size_t lane) {
        solve_strip(strip * wide, doubles(right_memory_) + lane * strip_doubles);
      });
    }
    spent = static_cast<double>(rows) * static_cast<double>(rows) / 2 * static_cast<double>(stride_ - first_);
  }
  if (phase_ == Phase::kInvert) {
    if (first_ == 0) {
      next_phase(Phase::kMultiply);
    } else {
      end_ = first_;
      first_ -= kPanelRows;
      begin_panel();
    }
  } else if (end_ == stride_) {
    if (phase_ == Phase::kMultiply) check_diagonal();
    next_phase(phase_ == Phase::kFactor ? Phase::kInvert : Phase::kComplete);
  } else {
    first_ = end_;
    end_ = std::min(first_ + kPanelRows, stride_);
    begin_panel();
  }
  return spent;
}

// The panel's own block of U, a row of tiles at a time; left behind packed as `solve_strip` wants it.
void GramInverse::factor_diagonal() {
  const size_t rows = end_ - first_, tall = kernels_.tall, wide = kernels_.wide;
  for (size_t tile = 0; tile < rows; tile += tall) {
    double* const top = row(first_ + tile);
    // left[tile][k][r] = u(k, r), for the rows k above.
    double* left = left_ + tile * rows;
    for (size_t k = 0; k < tile; k++) {
      std::memcpy(left + k * tall, row(first_ + k) + first_ + tile, tall * sizeof(double));
    }
    double* right = doubles(right_memory_);
    double coefficients[kLinearGrain * kLinearGrain], buffer[kLinearGrain * kLinearGrain];
    for (size_t column = tile / wide * wide; column < rows; column += wide) {
      for (size_t k = 0; k < tile; k++) {
        std::memcpy(right + k * wide, row(first_ + k) + first_ + column, wide * sizeof(double));
      }
      for (size_t r = 0; r < tall; r++) {
        std::memcpy(buffer + r * wide, top + r * stride_ + first_ + column, wide * sizeof(double));
      }
      kernels_.subtract_products(left, right, tile, buffer, static_cast<ptrdiff_t>(wide));
      if (column <= tile) {
        // The tile on the diagonal: its own square is factored element by element.
        const size_t own = tile - column;
        for (size_t r = 0; r < tall; r++) {
          for (size_t c = r; c < tall; c++) {
            double sum = buffer[r * wide + own + c];
            for (size_t k = 0; k < r; k++) sum -= coefficients[r * tall + k] * coefficients[c * tall + k];
            if (c == r) {
              if (!(sum > least_pivots_[first_ + tile + r] && sum <= std::numeric_limits<double>::max())) {
                failed_at_ = static_cast<double>(first_ + tile + r);
                return;
              }
              coefficients[r * tall + r] = std::sqrt(sum);
            } else {
              coefficients[c * tall + r] = sum / coefficients[r * tall + r];
            }
          }
        }
      }
      kernels_.substitute(coefficients, buffer);
      for (size_t r = 0; r < tall; r++) {
        double* to = top + r * stride_ + first_ + column;
        for (size_t c = 0; c < wide; c++) {
          const size_t i = tile + r, j = column + c;
          if (j >= tile && j < tile + tall) {
            to[c] = j < i ? 0 : coefficients[(j - tile) * tall + r];
          } else {
            to[c] = j < i ? 0 : buffer[r * wide + c];
          }
        }
      }
    }
    // The coefficients of the square follow as the products that rows of this tile lose to each other.
    for (size_t k = 0; k < tall; k++) {
      for (size_t r = 0; r < tall; r++) left[(tile + k) * tall + r] = coefficients[r * tall + k];
    }
  }
}

// The rows of the panel in one strip of columns, each once those before it are known.
void GramInverse::solve_strip(size_t column, double* right) const {
  const size_t rows = end_ - first_, tall = kernels_.tall, wide = kernels_.wide;
  for (size_t tile = 0; tile < rows; tile += tall) {
    const double* left = left_ + tile * rows;
    double* own = right + tile * wide;
    double* at = matrix_ + solved_row(tile) * stride_ + column;
    const ptrdiff_t step = row_step();
    for (size_t r = 0; r < tall; r++) {
      std::memcpy(own + r * wide, at + static_cast<ptrdiff_t>(r) * step, wide * sizeof(double));
    }
    kernels_.subtract_products(left, right, tile, own, static_cast<ptrdiff_t>(wide));
    double coefficients[kLinearGrain * kLinearGrain];
    for (size_t r = 0; r < tall; r++) {
      for (size_t q = 0; q <= r; q++) coefficients[r * tall + q] = left[(tile + q) * tall + r];
    }
    kernels_.substitute(coefficients, own);
    for (size_t r = 0; r < tall; r++) {
      std::memcpy(at + static_cast<ptrdiff_t>(r) * step, own + r * wide, wide * sizeof(double));
    }
  }
}

// An element of V beyond float64 leaves no finite sum of squares.
void GramInverse::check_diagonal() {
  for (size_t r = 0; r < size_; r++) {
    if (!std::isfinite(row(r)[r])) {
      failed_at_ = static_cast<double>(r);
      return;
    }
  }
}

// The matrix holds minus the inverse.
void GramInverse::write_inverse(double* out) const {
  for (size_t i = 0; i < size_; i++) {
    for (size_t j = i; j < size_; j++) out[i * size_ + j] = out[j * size_ + i] = 0 - row(i)[j];
  }
}

// Columns before the diagonal lie in rows above: a few rows at a time are read from a line of each.
void GramInverse::write_weights(size_t first, size_t last, float* out) const {
  for (size_t j = 0; j < size_; j++) {
    const double own = row(j)[j];
    for (size_t i = first; i < last; i++) {
      const double entry = i < j ? row(i)[j] : row(j)[i];
      out[(i - first) * size_ + j] = static_cast<float>(i == j ? 0 : 0 - entry / own);
    }
  }
}

}  // namespace kindred
