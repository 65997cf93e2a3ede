// One strip of columns of the dense matrix is packed, so that it stays in the second cache while all rows of a block are
// multiplied by it: their sums are in registers, and what is left of them are the heaps of the best.
#include "linear/dense_topk.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "machine/pool.h"

namespace kindred {

namespace {

// Rows whose heaps are kept at a time, at most: each strip is packed once for all of them.
constexpr size_t kBlockRows = 8192;
constexpr size_t kLeastRows = 64;

class DenseProduct {
 public:
  DenseProduct(const LinearKernels& kernels, const SparseRows& weights, const float* dense, size_t columns,
               const SparseTopKOptions& options, const TopRows& answer)
      : kernels_(kernels), weights_(weights), dense_(dense), columns_(columns), options_(options), answer_(answer),
        panel_(weights.columns * kSumColumns) {}

  void rows(size_t from, size_t to) {
    const double min_score = std::max(options_.min_score, std::nextafter(options_.above, kInfinity));
    best_.assign(to - from, Best(answer_.stride, min_score));
    excluded_.clear();
    if (options_.exclude_indptr != nullptr) {
      excluded_.assign(options_.exclude_indptr + from, options_.exclude_indptr + to);
    }
    for (size_t column = 0; column < columns_; column += kSumColumns) {
      const size_t count = std::min(kSumColumns, columns_ - column);
      if (!any_admitted(column, count)) continue;
      pack(column, count);
      for (size_t row = from; row < to; row++) offer_strip(row, column, count, best_[row - from], row - from);
    }
    for (size_t row = from; row < to; row++) answer_.write(row, best_[row - from].sorted());
  }

 private:
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();

  bool any_admitted(size_t column, size_t count) const {
    if (options_.admit == nullptr) return true;
    const uint8_t* begin = options_.admit + column;
    return std::any_of(begin, begin + count, [](uint8_t byte) { return byte != 0; });
  }

  void pack(size_t column, size_t count) {
    for (size_t r = 0; r < weights_.columns; r++) {
      float* to = panel_.data() + r * kSumColumns;
      std::copy_n(dense_ + r * columns_ + column, count, to);
      std::fill(to + count, to + kSumColumns, 0.0f);
    }
  }

  void offer_strip(size_t row, size_t column, size_t count, Best& best, size_t n) {
    double sums[kSumColumns];
    const size_t start = weights_.indptr[row], entries = weights_.indptr[row + 1] - start;
    kernels_.weighted_sums(weights_.indices + start, weights_.values + start, entries, panel_.data(), sums);
    for (size_t c = count; c < kSumColumns; c++) sums[c] = -kInfinity;
    if (!excluded_.empty()) {
      uint32_t& at = excluded_[n];
      const uint32_t end = options_.exclude_indptr[row + 1];
      while (at < end && options_.exclude_indices[at] < column) at++;
      for (; at < end && options_.exclude_indices[at] < column + count; at++) {
        sums[options_.exclude_indices[at] - column] = -kInfinity;
      }
    }
    const double bar = best.bar();
    int64_t any = 0;
    for (size_t c = 0; c < kSumColumns; c++) any |= -static_cast<int64_t>(sums[c] >= bar);
    if (any == 0) return;
    for (size_t c = 0; c < count; c++) {
      if (sums[c] >= best.bar() && (options_.admit == nullptr || options_.admit[column + c] != 0)) {
        best.offer(static_cast<uint32_t>(column + c), sums[c]);
      }
    }
  }

  const LinearKernels& kernels_;
  const SparseRows& weights_;
  const float* dense_;
  const size_t columns_;
  const SparseTopKOptions& options_;
  const TopRows& answer_;
  std::vector<float> panel_;        // a strip of the dense matrix, kSumColumns to a row
  std::vector<Best> best_;          // by row of the block
  std::vector<uint32_t> excluded_;  // by row of the block: the first exclusion not yet passed
};

}  // namespace

void dense_top_k(const LinearKernels& kernels, Pool& pool, size_t threads, const SparseRows& weights,
                 const float* dense, size_t columns, const SparseTopKOptions& options, const TopRows& answer) {
  const size_t rows = weights.rows;
  if (rows == 0 || answer.stride == 0) return;
  threads = std::max<size_t>(1, std::min(threads, (rows + kLeastRows - 1) / kLeastRows));
  const size_t block = std::min(kBlockRows, (rows + threads - 1) / threads);
  std::atomic<size_t> next{0};
  pool.run(threads, [&](size_t) {
    DenseProduct product(kernels, weights, dense, columns, options, answer);
    for (size_t from; (from = next.fetch_add(block, std::memory_order_relaxed)) < rows;) {
      product.rows(from, std::min(rows, from + block));
    }
  });
}

}  // namespace kindred
