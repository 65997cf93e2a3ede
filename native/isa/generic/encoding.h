// What an encoding is computed with, in float64: the kernels of one level. docs/internals/exactness.md, "The encoding".
#pragma once
#include <cstddef>
#include <cstdint>

#include "order/dtype.h"

namespace kindred {

// Every sum has sixteen lanes that are folded in halves, so that all levels that encode write the same bounds.
struct EncodingKernels {
  double (*dot)(const double* x, const double* y, size_t count);
  // The sum of squares, and the largest magnitude.
  void (*measure)(const double* x, size_t count, double* squares, double* largest);
  // x = row / norm.
  void (*unit)(Dtype dtype, const void* row, double norm, size_t count, double* x);
  // x = (x - mean) * signs; without signs where they are null.
  void (*centre)(double* x, const double* mean, const double* signs, size_t count);
  void (*multiply)(double* x, const double* by, size_t count);
  // Walsh-Hadamard over 2^log2_size elements, of norm 1.
  void (*hadamard)(double* x, size_t log2_size);
  // codes[j] = 128 + the integer nearest to a[j] / scale, and the sums of squares of what eight and four bits lose. No |a[j]|
  // exceeds 127 * scale, and scale has 24 significant bits.
  void (*round)(const double* a, size_t count, double scale, uint8_t* codes, double* fine, double* coarse);
  // Two planes of nibbles: byte j of each holds element j and element j + half.
  void (*split)(const uint8_t* codes, size_t half, uint8_t* high, uint8_t* low);
};

}  // namespace kindred
