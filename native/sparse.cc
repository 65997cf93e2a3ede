// Gustavson's row-wise product (1978), each unordered pair of rows once. Every level shares it: adding to scattered
// places gains nothing from wider registers.
#include "sparse.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "score.h"

namespace kindred {

namespace {

struct Entry {
  uint32_t row;
  float value;
};

// The entries by column. `rank` renames the rows; within a column they ascend by their new name.
struct Columns {
  std::vector<size_t> starts;
  std::vector<Entry> entries;

  Columns(const SparseRows& matrix, const std::vector<uint32_t>& by_rank) : starts(matrix.columns + 1) {
    const size_t count = matrix.indptr[matrix.rows];
    entries.resize(count);
    for (size_t p = 0; p < count; p++) starts[matrix.indices[p] + 1]++;
    std::partial_sum(starts.begin(), starts.end(), starts.begin());
    std::vector<size_t> next(starts.begin(), starts.end() - 1);
    for (uint32_t rank = 0; rank < matrix.rows; rank++) {
      const uint32_t row = by_rank[rank];
      for (size_t p = matrix.indptr[row]; p < matrix.indptr[row + 1]; p++) {
        entries[next[matrix.indices[p]]++] = {rank, matrix.values[p]};
      }
    }
  }
};

std::vector<double> row_norms(const SparseRows& matrix) {
  std::vector<double> norms(matrix.rows);
  for (size_t row = 0; row < matrix.rows; row++) {
    double sum = 0;
    for (size_t p = matrix.indptr[row]; p < matrix.indptr[row + 1]; p++) {
      sum += static_cast<double>(matrix.values[p]) * matrix.values[p];
    }
    norms[row] = std::sqrt(sum);
  }
  return norms;
}

// The k best of one row. Neighbours arrive in any order, so ties are settled here and not by the order of arrival.
class Nearest {
 public:
  void offer(size_t k, Hit hit) {
    if (hits_.size() == k) {
      if (!precedes(hit, hits_.front())) return;
      std::pop_heap(hits_.begin(), hits_.end(), precedes);
      hits_.back() = hit;
    } else {
      hits_.push_back(hit);
    }
    std::push_heap(hits_.begin(), hits_.end(), precedes);
  }

  const std::vector<Hit>& sorted() {
    std::sort_heap(hits_.begin(), hits_.end(), precedes);
    return hits_;
  }

 private:
  std::vector<Hit> hits_;
};

}  // namespace

void sparse_neighbors(const SparseRows& matrix, double shrinkage, const TopRows& answer) {
  if (answer.stride == 0) return;
  // Rows renamed by descending length: the long ones get the low names, so the sums that are touched most lie
  // together in the cache, and the walk below a row's own name is short for them.
  std::vector<uint32_t> by_rank(matrix.rows);
  std::iota(by_rank.begin(), by_rank.end(), 0);
  const auto length = [&](uint32_t row) { return matrix.indptr[row + 1] - matrix.indptr[row]; };
  std::stable_sort(by_rank.begin(), by_rank.end(), [&](uint32_t a, uint32_t b) { return length(a) > length(b); });

  const Columns columns(matrix, by_rank);
  const std::vector<double> norms = row_norms(matrix);
  std::vector<double> sums(matrix.rows);
  std::vector<Nearest> nearest(matrix.rows);
  // Taking a sum leaves 0 behind, so that nothing is taken twice.
  const auto take = [&](uint32_t row, uint32_t rank) {
    const double sum = sums[rank];
    if (sum == 0) return;
    sums[rank] = 0;
    const uint32_t other = by_rank[rank];
    const double score = std::min(1.0, sum / (norms[row] * norms[other] + shrinkage));
    if (!(score > 0)) return;
    nearest[row].offer(answer.stride, {score, other});
    nearest[other].offer(answer.stride, {score, row});
  };
  for (uint32_t rank = 0; rank < matrix.rows; rank++) {
    const uint32_t row = by_rank[rank];
    // Ascending columns, so the sum for a pair adds the same products in the same order from either side.
    size_t terms = 0;
    for (size_t p = matrix.indptr[row]; p < matrix.indptr[row + 1]; p++) {
      const double value = matrix.values[p];
      const Entry* first = columns.entries.data() + columns.starts[matrix.indices[p]];
      const Entry* entry = first;
      for (; entry->row < rank; entry++) sums[entry->row] += value * entry->value;
      terms += static_cast<size_t>(entry - first);
    }
    // Whichever is shorter: a sweep over all sums, or the same walk again.
    if (terms >= rank) {
      for (uint32_t other = 0; other < rank; other++) take(row, other);
    } else {
      for (size_t p = matrix.indptr[row]; p < matrix.indptr[row + 1]; p++) {
        const Entry* entry = columns.entries.data() + columns.starts[matrix.indices[p]];
        for (; entry->row < rank; entry++) take(row, entry->row);
      }
    }
  }
  for (size_t row = 0; row < matrix.rows; row++) answer.write(row, nearest[row].sorted());
}

}  // namespace kindred
