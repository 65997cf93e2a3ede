// The rotation is a Walsh-Hadamard transform of randomly signed elements, which spreads an outlier over all of its block. Two
// overlapping blocks of a power of two cover any dimension; other signs in between keep the second from undoing the first.
#include "encoding/transform.h"

#include "encoding/certificate.h"

namespace kindred {

namespace {

// splitmix64 (Steele, Lea, Flood 2014). The seed is part of the encoding: every backend uses it.
constexpr uint64_t kSeed = 0x6b696e6472656421;

std::vector<double> random_signs(size_t count, uint64_t seed) {
  std::vector<double> signs(count);
  uint64_t state = seed, bits = 0;
  for (size_t j = 0; j < count; j++) {
    if (j % 64 == 0) {
      bits = state += 0x9e3779b97f4a7c15;
      bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
      bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
      bits ^= bits >> 31;
    }
    signs[j] = (bits >> (j % 64)) & 1 ? -1 : 1;
  }
  return signs;
}

}  // namespace

Transform::Transform(EncodingMode mode, std::vector<double> mean, const EncodingKernels& kernels)
    : mode_(mode), mean_(std::move(mean)), kernels_(kernels) {
  mean_norm_ = norm_bound(kernels_.dot(mean_.data(), mean_.data(), dim()), dim());
  if (mode_ != EncodingMode::kRotated) return;
  while (size_t{2} << log2_block_ <= dim()) log2_block_++;
  signs_ = random_signs(dim(), kSeed);
  second_signs_ = random_signs(dim(), kSeed + 1);
}

double Transform::along_mean(const double* x) const {
  return mode_ == EncodingMode::kRaw ? 0 : kernels_.dot(x, mean_.data(), dim());
}

void Transform::apply(double* x) const {
  if (mode_ == EncodingMode::kRaw) return;
  const bool is_rotated = mode_ == EncodingMode::kRotated;
  kernels_.centre(x, mean_.data(), is_rotated ? signs_.data() : nullptr, dim());
  if (!is_rotated) return;
  kernels_.hadamard(x, log2_block_);
  kernels_.multiply(x, second_signs_.data(), dim());
  kernels_.hadamard(x + dim() - (size_t{1} << log2_block_), log2_block_);
}

}  // namespace kindred
