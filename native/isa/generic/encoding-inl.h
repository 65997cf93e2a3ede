// The encoding of rows over a set's vectors.
#pragma once
#include <cmath>

#include "isa/generic/encoding.h"
#include "isa/generic/widen-inl.h"

namespace {
namespace encoding {

constexpr size_t kLanes = 16, kParts = kLanes / kF64;

// Sums whose lanes are those of any other level.
struct Sum {
  F64 part[kParts];

  Sum() {
    for (size_t p = 0; p < kParts; p++) part[p] = zero_f64();
  }
  // With the first elements of a block that is not whole.
  double folded(const double* rest, size_t count) const {
    double lanes[kLanes];
    for (size_t p = 0; p < kParts; p++) store(lanes + p * kF64, part[p]);
    for (size_t j = 0; j < count; j++) lanes[j] += rest[j];
    for (size_t step = kLanes / 2; step > 0; step /= 2) {
      for (size_t lane = 0; lane < step; lane++) lanes[lane] += lanes[lane + step];
    }
    return lanes[0];
  }
};

double dot(const double* x, const double* y, size_t count) {
  Sum sum;
  size_t j = 0;
  for (; j + kLanes <= count; j += kLanes) {
#pragma GCC unroll 16
    for (size_t p = 0; p < kParts; p++) {
      sum.part[p] = mul_add(load_f64(x + j + p * kF64), load_f64(y + j + p * kF64), sum.part[p]);
    }
  }
  double rest[kLanes];
  for (size_t lane = 0; j + lane < count; lane++) rest[lane] = x[j + lane] * y[j + lane];
  return sum.folded(rest, count - j);
}

void measure(const double* x, size_t count, double* squares, double* largest) {
  Sum sum;
  F64 most[kParts];
#pragma GCC unroll 16
  for (size_t p = 0; p < kParts; p++) most[p] = zero_f64();
  size_t j = 0;
  for (; j + kLanes <= count; j += kLanes) {
#pragma GCC unroll 16
    for (size_t p = 0; p < kParts; p++) {
      const F64 v = load_f64(x + j + p * kF64);
      sum.part[p] = mul_add(v, v, sum.part[p]);
      most[p] = larger(most[p], magnitude(v));
    }
  }
  double lanes[kLanes], rest[kLanes], found = 0;
  for (size_t p = 0; p < kParts; p++) store(lanes + p * kF64, most[p]);
  for (const double lane : lanes) found = lane > found ? lane : found;
  for (size_t lane = 0; j + lane < count; lane++) {
    const double v = x[j + lane];
    rest[lane] = v * v;
    found = std::fabs(v) > found ? std::fabs(v) : found;
  }
  *squares = sum.folded(rest, count - j);
  *largest = found;
}

void unit(kindred::Dtype dtype, const void* row, double norm, size_t count, double* x) {
  kindred::with_element(dtype, [&](auto element) {
    const auto* from = static_cast<const decltype(element)*>(row);
    const F64 by = splat_f64(norm);
    size_t j = 0;
    for (; j + kF64 <= count; j += kF64) store(x + j, divide(load_f64(from + j), by));
    for (; j < count; j++) x[j] = widen(from[j]) / norm;
  });
}

void centre(double* x, const double* mean, const double* signs, size_t count) {
  if (signs == nullptr) {
    for (size_t j = 0; j < count; j++) x[j] -= mean[j];
  } else {
    for (size_t j = 0; j < count; j++) x[j] = (x[j] - mean[j]) * signs[j];
  }
}

void multiply(double* x, const double* by, size_t count) {
  for (size_t j = 0; j < count; j++) x[j] *= by[j];
}

// Butterflies of distance h and 2h at once, so that each element is read and written once for two steps. h >= kF64.
void two_steps(double* x, size_t size, size_t h) {
  for (size_t i = 0; i < size; i += 4 * h) {
    for (size_t j = i; j < i + h; j += kF64) {
      const F64 p = load_f64(x + j), q = load_f64(x + j + h), r = load_f64(x + j + 2 * h), s = load_f64(x + j + 3 * h);
      const F64 a = add(p, q), b = sub(p, q), c = add(r, s), d = sub(r, s);
      store(x + j, add(a, c));
      store(x + j + h, add(b, d));
      store(x + j + 2 * h, sub(a, c));
      store(x + j + 3 * h, sub(b, d));
    }
  }
}

void one_step(double* x, size_t size, size_t h) {
  for (size_t i = 0; i < size; i += 2 * h) {
    double* __restrict first = x + i;
    double* __restrict second = first + h;
    for (size_t j = 0; j < h; j++) {
      const double a = first[j], b = second[j];
      first[j] = a + b;
      second[j] = a - b;
    }
  }
}

void hadamard(double* x, size_t log2_size) {
  const size_t size = size_t{1} << log2_size;
  size_t h = 1;
  // Within a register.
  if (size >= 4) {
    for (size_t i = 0; i < size; i += 4) {
      const double a = x[i] + x[i + 1], b = x[i] - x[i + 1], c = x[i + 2] + x[i + 3], d = x[i + 2] - x[i + 3];
      x[i] = a + c;
      x[i + 1] = b + d;
      x[i + 2] = a - c;
      x[i + 3] = b - d;
    }
    h = 4;
  }
  for (; h < kF64 && h < size; h *= 2) one_step(x, size, h);
  for (; 4 * h <= size; h *= 4) two_steps(x, size, h);
  for (; h < size; h *= 2) one_step(x, size, h);
  const double scale = std::sqrt(1.0 / static_cast<double>(size));
  for (size_t i = 0; i < size; i++) x[i] *= scale;
}

// The nearest integer of |x| < 2^51, ties to even: adding and taking away 1.5 * 2^52 leaves no room for a fraction.
inline F64 nearest(F64 x) {
  const F64 no_fraction = splat_f64(0x1.8p52);
  return sub(add(x, no_fraction), no_fraction);
}

// Elements whose integers are kept before they become bytes.
constexpr size_t kBlock = 256;
static_assert(kBlock % kLanes == 0, "blocks are whole");

void round(const double* a, size_t count, double scale, uint8_t* codes, double* fine, double* coarse) {
  // No element exceeds 127 * scale, so none is beyond 127 after rounding. All products of `step` are exact: 24 bits by 9.
  const F64 inverse = splat_f64(scale == 0 ? 0 : 1 / scale), step = splat_f64(-scale);
  Sum fines, coarses;
  double fine_rest[kLanes], coarse_rest[kLanes], last[kLanes];
  float integers[kBlock];
  for (size_t from = 0; from < count; from += kBlock) {
    const size_t some = count - from < kBlock ? count - from : kBlock;
    for (size_t j = 0; j < some; j += kLanes) {
      const double* x = a + from + j;
      const bool is_whole = j + kLanes <= some;
      if (!is_whole) {
        for (size_t lane = 0; lane < kLanes; lane++) last[lane] = j + lane < some ? x[lane] : 0;
        x = last;
      }
#pragma GCC unroll 16
      for (size_t p = 0; p < kParts; p++) {
        const F64 v = load_f64(x + p * kF64);
        const F64 z = nearest(mul(v, inverse));
        store_rounded(integers + j + p * kF64, z);
        // The four high bits of the code z + 128 stand for the middle of sixteen codes: z + 128 is 16 * sixteenth + 0 .. 15.
        const F64 sixteenth = nearest(mul_add(z, splat_f64(1.0 / 16), splat_f64(8 - 15.0 / 32)));
        const F64 middle = mul_add(sixteenth, splat_f64(16), splat_f64(-120.5));
        const F64 f = mul_add(step, z, v), c = mul_add(step, middle, v);
        if (is_whole) {
          fines.part[p] = mul_add(f, f, fines.part[p]);
          coarses.part[p] = mul_add(c, c, coarses.part[p]);
        } else {
          store(fine_rest + p * kF64, mul(f, f));
          store(coarse_rest + p * kF64, mul(c, c));
        }
      }
    }
    for (size_t j = 0; j < some; j++) {
      codes[from + j] = static_cast<uint8_t>(static_cast<int32_t>(integers[j]) + 128);
    }
  }
  *fine = fines.folded(fine_rest, count % kLanes);
  *coarse = coarses.folded(coarse_rest, count % kLanes);
}

void split(const uint8_t* codes, size_t half, uint8_t* high, uint8_t* low) {
  for (size_t j = 0; j < half; j++) {
    const uint8_t first = codes[j], second = codes[j + half];
    high[j] = static_cast<uint8_t>(first >> 4 | (second & 0xf0));
    low[j] = static_cast<uint8_t>((first & 15) | (second & 15) << 4);
  }
}

constexpr kindred::EncodingKernels table() {
  return {dot, measure, unit, centre, multiply, hadamard, round, split};
}

}  // namespace encoding
}  // namespace
