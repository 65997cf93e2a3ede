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

// Butterflies of distance 1 and 2 at once, then of larger ones: the inner loops then run over neighbours.
void hadamard(double* x, size_t log2_size) {
  const size_t size = size_t{1} << log2_size;
  size_t h = 1;
  if (log2_size >= 2) {
    for (size_t i = 0; i < size; i += 4) {
      const double a = x[i] + x[i + 1], b = x[i] - x[i + 1], c = x[i + 2] + x[i + 3], d = x[i + 2] - x[i + 3];
      x[i] = a + c;
      x[i + 1] = b + d;
      x[i + 2] = a - c;
      x[i + 3] = b - d;
    }
    h = 4;
  }
  for (; h < size; h *= 2) {
    for (size_t i = 0; i < size; i += 2 * h) {
      double* first = x + i;
      double* second = x + i + h;
      for (size_t j = 0; j < h; j++) {
        const double a = first[j], b = second[j];
        first[j] = a + b;
        second[j] = a - b;
      }
    }
  }
  const double scale = std::sqrt(1.0 / static_cast<double>(size));
  for (size_t i = 0; i < size; i++) x[i] *= scale;
}

}  // namespace

Transform::Transform(EncodingMode mode, std::vector<double> mean) : mode_(mode), mean_(std::move(mean)) {
  double squares = 0;
  for (const double m : mean_) squares += m * m;
  mean_norm_ = norm_bound(squares, dim());
  if (mode_ != EncodingMode::kRotated) return;
  while (size_t{2} << log2_block_ <= dim()) log2_block_++;
  signs_ = random_signs(dim(), kSeed);
  second_signs_ = random_signs(dim(), kSeed + 1);
}

double Transform::along_mean(const double* x) const {
  if (mode_ == EncodingMode::kRaw) return 0;
  double sum[4] = {0, 0, 0, 0};
  size_t j = 0;
  for (; j + 4 <= dim(); j += 4) {
    for (size_t lane = 0; lane < 4; lane++) sum[lane] += x[j + lane] * mean_[j + lane];
  }
  for (; j < dim(); j++) sum[0] += x[j] * mean_[j];
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

void Transform::apply(double* x) const {
  if (mode_ == EncodingMode::kRaw) return;
  for (size_t j = 0; j < dim(); j++) x[j] -= mean_[j];
  if (mode_ != EncodingMode::kRotated) return;
  for (size_t j = 0; j < dim(); j++) x[j] *= signs_[j];
  hadamard(x, log2_block_);
  for (size_t j = 0; j < dim(); j++) x[j] *= second_signs_[j];
  hadamard(x + dim() - (size_t{1} << log2_block_), log2_block_);
}

}  // namespace kindred
