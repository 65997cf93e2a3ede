// Dots of float32 rows in sixteen lanes, every step rounded, as training takes them.
#pragma once
#include <cstddef>

#include "isa/generic/lanes.h"

namespace {

constexpr size_t kF32Parts = kindred::kLanes / kF32;

// The dots of `a` with some rows side by side: enough of them hide the latency of an addition.
template <size_t kRows>
inline void dots(const float* a, const float* const* rows, size_t stride, float* out) {
  F32 sum[kRows][kF32Parts];
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; r++) {
#pragma GCC unroll 16
    for (size_t p = 0; p < kF32Parts; p++) sum[r][p] = zero_f32();
  }
  for (size_t i = 0; i < stride; i += kindred::kLanes) {
#pragma GCC unroll 16
    for (size_t p = 0; p < kF32Parts; p++) {
      const F32 x = load_f32(a + i + p * kF32);
#pragma GCC unroll 8
      for (size_t r = 0; r < kRows; r++) sum[r][p] = add(sum[r][p], mul(x, load_f32(rows[r] + i + p * kF32)));
    }
  }
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; r++) out[r] = fold(sum[r]);
}

}  // namespace
