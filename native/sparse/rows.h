// Sparse rows, and the two kernels over them: nearest rows, and the best columns of a product.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "order/best.h"

namespace kindred {

class Pool;

// CSR, columns strictly ascending within a row.
template <class T>
struct SparseRowsOf {
  size_t rows, columns;
  const uint32_t* indptr;
  const uint32_t* indices;
  const T* values;
};
using SparseRows = SparseRowsOf<float>;

enum class Similarity { kCosine, kJaccard, kDice, kPearson };

// contract.ts `NeighborOptions`.
struct NeighborOptions {
  Similarity similarity;
  double shrinkage;
  bool corated;
  uint32_t min_support;
  size_t stride;
};

// contract.ts `NeighborTask`. Keeps nothing of the matrix that it is opened with.
class NeighborTask {
 public:
  virtual ~NeighborTask() = default;
  // Goes on until about this many more products are added up, or until the end.
  virtual void advance(Pool& pool, size_t threads, double products) = 0;
  virtual void write(const TopRows& answer, size_t first, size_t last) = 0;

  double done() const { return done_; }
  double total() const { return total_; }
  // Answers: the rows asked for.
  size_t count() const { return count_; }

 protected:
  double done_ = 0, total_ = 0;
  size_t count_ = 0;
};

// With `only`, the neighbours of these `only_count` rows and of no others.
std::unique_ptr<NeighborTask> open_neighbors(const SparseRows& matrix, const NeighborOptions& options, const uint32_t* only,
                                             size_t only_count);

// contract.ts `SparseTopKOptions`.
struct SparseTopKOptions {
  const uint32_t* exclude_indptr;  // null if nothing is excluded
  const uint32_t* exclude_indices;
  const uint8_t* admit;            // null if all are admitted
  double above, min_score;
};

// contract.ts `sparseTopK`, on up to `threads` threads. T is float or double.
template <class T>
void sparse_top_k(Pool& pool, size_t threads, const SparseRowsOf<T>& weights, const SparseRowsOf<double>& lists,
                  const SparseTopKOptions& options, const TopRows& answer);

}  // namespace kindred
