// NEON on 64-bit Arm, where it is the baseline: two float64 per register.
#include <arm_neon.h>

#include <cstddef>
#include <cstring>

#include "isa/generic/widen-inl.h"

namespace {

using F64 = float64x2_t;
constexpr size_t kWidth = 2;
constexpr size_t kTileRows = 6;
constexpr size_t kTileVectors = 4;

inline F64 zero() { return vdupq_n_f64(0.0); }
inline F64 load(const double* p) { return vld1q_f64(p); }
inline F64 load(const float* p) { return vcvt_f64_f32(vld1_f32(p)); }
// Two elements of two bytes, or two of one, as a word that need not be aligned.
inline uint16x4_t two_halves(const void* p) {
  uint32_t word;
  std::memcpy(&word, p, sizeof word);
  return vreinterpret_u16_u32(vdup_n_u32(word));
}
inline F64 load(const kindred::Float16* p) {
  return vcvt_f64_f32(vget_low_f32(vcvt_f32_f16(vreinterpret_f16_u16(two_halves(p)))));
}
inline F64 load(const kindred::BFloat16* p) {
  return vcvt_f64_f32(vget_low_f32(vreinterpretq_f32_u32(vshll_n_u16(two_halves(p), 16))));
}
inline F64 load(const int8_t* p) {
  uint16_t word;
  std::memcpy(&word, p, sizeof word);
  const int16x8_t wide = vmovl_s8(vreinterpret_s8_u16(vdup_n_u16(word)));
  return vcvtq_f64_s64(vmovl_s32(vget_low_s32(vmovl_s16(vget_low_s16(wide)))));
}
// kWidth is 2, so the only partial load is of one element.
template <class T>
inline F64 load_first(const T* p, size_t) {
  return vsetq_lane_f64(widen(*p), zero(), 0);
}
inline F64 broadcast(const double* p) { return vld1q_dup_f64(p); }
inline void store(double* p, F64 v) { vst1q_f64(p, v); }
inline void store_floats(float* p, F64 v) { vst1_f32(p, vcvt_f32_f64(v)); }
inline F64 add(F64 a, F64 b) { return vaddq_f64(a, b); }
inline F64 sub(F64 a, F64 b) { return vsubq_f64(a, b); }
inline F64 mul(F64 a, F64 b) { return vmulq_f64(a, b); }
inline F64 mul_add(F64 a, F64 b, F64 sum) { return vfmaq_f64(sum, a, b); }

inline double fold(const F64 (&part)[8]) {
  const F64 by_8_0 = vaddq_f64(part[0], part[4]);
  const F64 by_8_1 = vaddq_f64(part[1], part[5]);
  const F64 by_8_2 = vaddq_f64(part[2], part[6]);
  const F64 by_8_3 = vaddq_f64(part[3], part[7]);
  const F64 by_2 = vaddq_f64(vaddq_f64(by_8_0, by_8_2), vaddq_f64(by_8_1, by_8_3));
  return vgetq_lane_f64(by_2, 0) + vgetq_lane_f64(by_2, 1);
}

}  // namespace

#include "isa/generic/kernels-inl.h"

namespace kindred {
extern const Kernels kNeonKernels;
constexpr Kernels kNeonKernels = make_kernels();
}  // namespace kindred
