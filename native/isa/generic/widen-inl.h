// One stored element as a float64, which is exact for every dtype; infinity and NaN stay what they are.
// Baseline instructions only.
// In an unnamed namespace, so that files of any instruction set may include it.
#pragma once
#include <cstring>

#include "order/dtype.h"

namespace {

inline float float_of_bits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

inline double widen(double x) { return x; }
inline double widen(float x) { return x; }
inline double widen(int8_t x) { return x; }
inline double widen(kindred::BFloat16 x) { return float_of_bits(static_cast<uint32_t>(x.bits) << 16); }

inline double widen(kindred::Float16 x) {
  // The bits at their places in a float32, whose exponents are biased by 112 more.
  const uint32_t sign = (x.bits & 0x8000u) << 16, magnitude = (x.bits & 0x7fffu) << 13;
  constexpr uint32_t kBias = 112u << 23, kSmallestNormal = 0x0400u << 13, kInfinity = 0x7c00u << 13;
  if (magnitude >= kInfinity) return float_of_bits(sign | magnitude | 0x7f800000u);
  if (magnitude >= kSmallestNormal) return float_of_bits(sign | (magnitude + kBias));
  // A subnormal is m * 2^-24: 2^-14 + m * 2^-24 is a normal float32.
  const float value = float_of_bits(magnitude + kBias + kSmallestNormal) - 0x1p-14f;
  return sign == 0 ? value : -value;
}

}  // namespace
