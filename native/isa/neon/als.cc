// NEON on 64-bit Arm for alternating least squares: four float32 per register.
#include <arm_neon.h>

#include <cstddef>

namespace {

using F32 = float32x4_t;
constexpr size_t kWidth = 4;
constexpr size_t kRowsAtOnce = 4;
constexpr size_t kGramRows = 4;
constexpr size_t kStretch = 4;

inline F32 zero() { return vdupq_n_f32(0.0f); }
inline F32 load(const float* p) { return vld1q_f32(p); }
inline F32 broadcast(float x) { return vdupq_n_f32(x); }
inline void store(float* p, F32 v) { vst1q_f32(p, v); }
inline F32 add(F32 a, F32 b) { return vaddq_f32(a, b); }
inline F32 sub(F32 a, F32 b) { return vsubq_f32(a, b); }
inline F32 mul(F32 a, F32 b) { return vmulq_f32(a, b); }

inline float fold(const F32 (&part)[4]) {
  const F32 by_4 = vaddq_f32(vaddq_f32(part[0], part[2]), vaddq_f32(part[1], part[3]));
  const float32x2_t by_2 = vadd_f32(vget_low_f32(by_4), vget_high_f32(by_4));
  return vget_lane_f32(by_2, 0) + vget_lane_f32(by_2, 1);
}

}  // namespace

#include "isa/generic/als-inl.h"

namespace kindred {
extern const AlsKernels kNeonAlsKernels;
constexpr AlsKernels kNeonAlsKernels = make_als_kernels();
}  // namespace kindred
