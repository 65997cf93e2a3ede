// The best columns of each row of a product of sparse matrices, one row of sums at a time.
#include <algorithm>
#include <atomic>

#include "machine/pool.h"
#include "sparse/rows.h"

namespace kindred {

namespace {

// Rows that a thread takes at a time.
constexpr size_t kRows = 16;
// Columns looked at together.
constexpr size_t kColumnBlock = 16;

template <class T>
class Product {
 public:
  Product(const SparseRowsOf<T>& weights, const SparseRowsOf<double>& lists, const SparseTopKOptions& options,
          const TopRows& answer)
      : indptr_(weights.indptr), indices_(weights.indices), weights_(weights.values), lists_(lists), options_(options),
        answer_(answer), sums_(lists.columns) {}

  void row(size_t row) {
    const size_t terms = add(row);
    Best best(answer_.stride, std::max(options_.min_score, std::nextafter(options_.above, kInfinity)));
    // Columns that no list names have the sum 0; where that is no candidate, only those named need be looked at.
    if (terms < lists_.columns && best.bar() > 0) {
      named(row, best);
    } else {
      sweep(row, best);
    }
    answer_.write(row, best.sorted());
  }

 private:
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();

  size_t add(size_t row) {
    double* __restrict sums = sums_.data();
    const uint32_t* __restrict columns = lists_.indices;
    const double* __restrict values = lists_.values;
    size_t terms = 0;
    for (size_t e = indptr_[row]; e < indptr_[row + 1]; e++) {
      const double weight = weights_[e];
      const size_t end = lists_.indptr[indices_[e] + 1];
      size_t p = lists_.indptr[indices_[e]];
      terms += end - p;
      for (; p < end; p++) sums[columns[p]] += weight * values[p];
    }
    return terms;
  }

  void exclude(size_t row) {
    if (options_.exclude_indptr == nullptr) return;
    for (size_t e = options_.exclude_indptr[row]; e < options_.exclude_indptr[row + 1]; e++) {
      sums_[options_.exclude_indices[e]] = -kInfinity;
    }
  }

  bool admitted(size_t column) const { return options_.admit == nullptr || options_.admit[column] != 0; }

  void sweep(size_t row, Best& best) {
    exclude(row);
    const double* sums = sums_.data();
    size_t start = 0;
    for (; start + kColumnBlock <= lists_.columns; start += kColumnBlock) {
      int64_t any = 0;
      const double bar = best.bar();
      for (size_t n = 0; n < kColumnBlock; n++) any |= -static_cast<int64_t>(sums[start + n] >= bar);
      if (any == 0) continue;
      for (size_t n = start; n < start + kColumnBlock; n++) {
        if (sums[n] >= best.bar() && admitted(n)) best.offer(static_cast<uint32_t>(n), sums[n]);
      }
    }
    for (size_t n = start; n < lists_.columns; n++) {
      if (sums[n] >= best.bar() && admitted(n)) best.offer(static_cast<uint32_t>(n), sums[n]);
    }
    std::fill(sums_.begin(), sums_.end(), 0.0);
  }

  // Columns come by ascending position, as Best wants them.
  void named(size_t row, Best& best) {
    found_.clear();
    const double bar = best.bar();
    exclude(row);
    for (size_t e = indptr_[row]; e < indptr_[row + 1]; e++) {
      for (size_t p = lists_.indptr[indices_[e]]; p < lists_.indptr[indices_[e] + 1]; p++) {
        const uint32_t column = lists_.indices[p];
        if (sums_[column] >= bar && admitted(column)) found_.push_back({sums_[column], column});
        sums_[column] = 0;
      }
    }
    if (options_.exclude_indptr != nullptr) {
      for (size_t e = options_.exclude_indptr[row]; e < options_.exclude_indptr[row + 1]; e++) {
        sums_[options_.exclude_indices[e]] = 0;
      }
    }
    std::sort(found_.begin(), found_.end(), [](const Hit& a, const Hit& b) { return a.position < b.position; });
    for (const Hit& hit : found_) {
      if (hit.score >= best.bar()) best.offer(hit.position, hit.score);
    }
  }

  const uint32_t* indptr_;
  const uint32_t* indices_;
  const T* weights_;
  const SparseRowsOf<double>& lists_;
  const SparseTopKOptions& options_;
  const TopRows& answer_;
  std::vector<double> sums_;  // all 0 between rows
  std::vector<Hit> found_;
};

}  // namespace

template <class T>
void sparse_top_k(Pool& pool, size_t threads, const SparseRowsOf<T>& weights, const SparseRowsOf<double>& lists,
                  const SparseTopKOptions& options, const TopRows& answer) {
  if (answer.stride == 0) return;
  const size_t rows = weights.rows;
  std::atomic<size_t> next{0};
  pool.run(std::min(threads, (rows + kRows - 1) / kRows), [&](size_t) {
    Product<T> product(weights, lists, options, answer);
    for (size_t first; (first = next.fetch_add(kRows, std::memory_order_relaxed)) < rows;) {
      for (size_t row = first; row < std::min(rows, first + kRows); row++) product.row(row);
    }
  });
}

template void sparse_top_k(Pool&, size_t, const SparseRowsOf<float>&, const SparseRowsOf<double>&, const SparseTopKOptions&,
                           const TopRows&);
template void sparse_top_k(Pool&, size_t, const SparseRowsOf<double>&, const SparseRowsOf<double>&, const SparseTopKOptions&,
                           const TopRows&);

}  // namespace kindred
