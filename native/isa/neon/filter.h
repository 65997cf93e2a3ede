// Vectors of 16 bytes for the filter kernels, with or without the dot product extension.
#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

namespace {

using Bytes = uint8x16_t;
using Sums = int32x4_t;
constexpr size_t kBytes = 16;
constexpr size_t kFold = 4;

inline Bytes load_bytes(const uint8_t* p) { return vld1q_u8(p); }
// Planes are whole numbers of sixteen bytes, so no part of a register ever occurs.
inline Bytes load_bytes_first(const uint8_t*, size_t) { return vdupq_n_u8(0); }
inline void store_bytes(uint8_t* p, Bytes v) { vst1q_u8(p, v); }
inline void store_bytes_first(uint8_t*, size_t, Bytes) {}
inline Bytes low_nibbles(Bytes v) { return vandq_u8(v, vdupq_n_u8(15)); }
inline Bytes high_nibbles(Bytes v) { return vshrq_n_u8(v, 4); }
inline Bytes join_low(Bytes high, Bytes low) { return vsliq_n_u8(low_nibbles(low), high, 4); }
inline Bytes join_high(Bytes high, Bytes low) { return vsriq_n_u8(high, low, 4); }

inline Sums no_sums() { return vdupq_n_s32(0); }
inline Sums add_sums(Sums a, Sums b) { return vaddq_s32(a, b); }
inline Sums dot(Sums sums, Bytes nibbles, Bytes query) {
  const int8x16_t n = vreinterpretq_s8_u8(nibbles), q = vreinterpretq_s8_u8(query);
#if defined(__ARM_FEATURE_DOTPROD)
  return vdotq_s32(sums, n, q);
#else
  // Two products of at most 15 * 128 fit 16 bits.
  const int16x8_t pairs = vmlal_high_s8(vmull_s8(vget_low_s8(n), vget_low_s8(q)), n, q);
  return vpadalq_s16(sums, pairs);
#endif
}
inline uint32_t bits_of(uint32x4_t lanes) {
  const uint32x4_t bit = {1, 2, 4, 8};
  return vaddvq_u32(vandq_u32(lanes, bit));
}
[[maybe_unused]] inline uint32_t integers_at_least(Sums v, Sums limit) { return bits_of(vcgeq_s32(v, limit)); }
inline void fold(const Sums* sums, int32_t* out) {
  vst1q_s32(out, vpaddq_s32(vpaddq_s32(sums[0], sums[1]), vpaddq_s32(sums[2], sums[3])));
}

constexpr size_t kReach = 2;
inline uint32_t reach_bits(const int32_t* dots, int32_t times, int32_t base, const float* offsets, double scale,
                           double unit, double threshold) {
  const int32x2_t whole = vmla_n_s32(vdup_n_s32(base), vld1_s32(dots), times);
  const float64x2_t product = vmulq_n_f64(vcvtq_f64_s64(vmovl_s32(whole)), scale);
  const float64x2_t offset = vmulq_n_f64(vcvt_f64_f32(vld1_f32(offsets)), unit);
  const uint64x2_t reached = vcgeq_f64(vaddq_f64(product, offset), vdupq_n_f64(threshold));
  return static_cast<uint32_t>((vgetq_lane_u64(reached, 0) & 1) | (vgetq_lane_u64(reached, 1) & 2));
}

using Floats = float32x4_t;
constexpr size_t kFloats = 4;
constexpr size_t kFloatTileRows = 8;
constexpr size_t kFloatVectors = 2;
inline Floats no_floats() { return vdupq_n_f32(0); }
inline Floats load_floats(const float* p) { return vld1q_f32(p); }
[[maybe_unused]] inline Floats to_floats(const int32_t* p) { return vcvtq_f32_s32(vld1q_s32(p)); }
inline Floats splat(const float* p) { return vdupq_n_f32(*p); }
inline Floats multiply_add(Floats a, Floats b, Floats sum) { return vfmaq_f32(sum, a, b); }
inline uint32_t at_least(Floats v, Floats limit) { return bits_of(vcgeq_f32(v, limit)); }
inline void store_floats(float* p, Floats v) { vst1q_f32(p, v); }

}  // namespace

#include "isa/generic/filter-inl.h"
