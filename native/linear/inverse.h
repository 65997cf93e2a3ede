// The inverse of the Gram matrix of sparse rows, computed in place and in steps: contract.ts `GramInverse`.
#pragma once
#include <vector>

#include "isa/generic/linear.h"
#include "machine/pages.h"
#include "machine/pool.h"
#include "sparse/rows.h"

namespace kindred {

class GramInverse {
 public:
  // Copies what it needs of the matrix. Throws std::bad_alloc or std::length_error.
  GramInverse(const LinearKernels& kernels, const SparseRows& matrix, double l2);

  // Goes on for about this many products. Does nothing once a pivot has failed.
  void advance(Pool& pool, size_t threads, double products);

  double done() const { return done_; }
  double total() const { return total_; }
  bool is_complete() const { return phase_ == Phase::kComplete; }
  size_t size() const { return size_; }
  // The row whose pivot was not positive, or -1.
  double failed_at() const { return failed_at_; }

  // The whole symmetric inverse, size x size. Once complete.
  void write_inverse(double* out) const;
  // contract.ts `weights`.
  void write_weights(size_t first, size_t last, float* out) const;

 private:
  enum class Phase { kGram, kFactor, kInvert, kMultiply, kComplete };

  double step(Pool& pool, size_t threads, double products);
  double add_gram(Pool& pool, size_t threads, double products);
  double subtract_chunk(Pool& pool, size_t threads);
  double finish_panel(Pool& pool, size_t threads);
  void begin_panel();
  void copy_panel();
  void pack_left(size_t from, size_t to, bool is_solving);
  void pack_right(double* right, size_t column, size_t from, size_t to) const;
  void factor_diagonal();
  void solve_strip(size_t column, double* right) const;
  void next_phase(Phase phase);
  void check_diagonal();

  double* row(size_t r) { return matrix_ + r * stride_; }
  const double* row(size_t r) const { return matrix_ + r * stride_; }
  // Row number k of the panel in the order in which it is solved: from below while inverting.
  size_t solved_row(size_t k) const { return phase_ == Phase::kInvert ? end_ - 1 - k : first_ + k; }
  ptrdiff_t row_step() const {
    const auto step = static_cast<ptrdiff_t>(stride_);
    return phase_ == Phase::kInvert ? -step : step;
  }

  const LinearKernels& kernels_;
  const size_t size_, stride_;
  const double l2_;
  Bytes memory_, left_memory_, panel_memory_, right_memory_;
  double* matrix_;  // stride_ x stride_, the upper triangle; zeros below
  double* left_;    // packed rows of the panel
  double* panel_;   // what the panel held before it was overwritten, from its first column on
  size_t right_stride_;

  // The rows, and for each column the entries that hold it.
  std::vector<uint32_t> indptr_, indices_, row_starts_, row_entries_, row_of_;
  std::vector<float> values_;
  std::vector<double> least_pivots_;

  Phase phase_ = Phase::kGram;
  size_t gram_row_ = 0;
  size_t first_ = 0, end_ = 0;      // rows of the panel
  size_t chunk_ = 0, chunk_end_ = 0;  // rows, or columns, whose products are to be subtracted next
  double done_ = 0, total_ = 0, failed_at_ = -1;
};

}  // namespace kindred
