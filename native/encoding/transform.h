// What happens to a row or query before it is rounded to bytes: centring and rotation (docs/internals/exactness.md).
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "isa/generic/encoding.h"

namespace kindred {

enum class EncodingMode { kRaw, kCentred, kRotated };

class Transform {
 public:
  // `mean` has `dim` elements, all zero for kRaw. `kernels` are those of the level that encodes.
  Transform(EncodingMode mode, std::vector<double> mean, const EncodingKernels& kernels);

  EncodingMode mode() const { return mode_; }
  const EncodingKernels& kernels() const { return kernels_; }
  const std::vector<double>& mean() const { return mean_; }
  size_t dim() const { return mean_.size(); }
  // At least the norm of the mean.
  double mean_norm() const { return mean_norm_; }
  // p of the rotation's blocks of 2^p elements; 0 without rotation.
  size_t log2_block() const { return log2_block_; }

  // <x, mean>.
  double along_mean(const double* x) const;
  // x becomes R(x - mean), in place.
  void apply(double* x) const;

 private:
  EncodingMode mode_;
  std::vector<double> mean_;
  const EncodingKernels& kernels_;
  double mean_norm_;
  size_t log2_block_ = 0;
  std::vector<double> signs_, second_signs_;
};

}  // namespace kindred
