// Registers of NEON on 64-bit Arm, where it is the baseline: 16 bytes. Products of bytes are one instruction with the dot product
// extension, three without.
#pragma once
#include <arm_neon.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "isa/generic/widen-inl.h"

namespace {

using F64 = float64x2_t;
using F32 = float32x4_t;
constexpr size_t kF64 = 2, kF32 = 4;

inline F64 zero_f64() { return vdupq_n_f64(0.0); }
inline F64 splat_f64(double x) { return vdupq_n_f64(x); }
// Two elements of two bytes, or two of one, as a word that need not be aligned.
inline uint16x4_t two_halves(const void* p) {
  uint32_t word;
  std::memcpy(&word, p, sizeof word);
  return vreinterpret_u16_u32(vdup_n_u32(word));
}
inline F64 load_f64(const double* p) { return vld1q_f64(p); }
inline F64 load_f64(const float* p) { return vcvt_f64_f32(vld1_f32(p)); }
inline F64 load_f64(const int32_t* p) { return vcvtq_f64_s64(vmovl_s32(vld1_s32(p))); }
inline F64 load_f64(const kindred::Float16* p) {
  return vcvt_f64_f32(vget_low_f32(vcvt_f32_f16(vreinterpret_f16_u16(two_halves(p)))));
}
inline F64 load_f64(const kindred::BFloat16* p) {
  return vcvt_f64_f32(vget_low_f32(vreinterpretq_f32_u32(vshll_n_u16(two_halves(p), 16))));
}
inline F64 load_f64(const int8_t* p) {
  uint16_t word;
  std::memcpy(&word, p, sizeof word);
  const int16x8_t wide = vmovl_s8(vreinterpret_s8_u16(vdup_n_u16(word)));
  return vcvtq_f64_s64(vmovl_s32(vget_low_s32(vmovl_s16(vget_low_s16(wide)))));
}
// A register has two elements, so the only partial load is of one.
template <class T>
inline F64 load_first_f64(const T* p, size_t) {
  return vsetq_lane_f64(widen(*p), zero_f64(), 0);
}
inline void store(double* p, F64 v) { vst1q_f64(p, v); }
inline void store_rounded(float* p, F64 v) { vst1_f32(p, vcvt_f32_f64(v)); }
inline F64 add(F64 a, F64 b) { return vaddq_f64(a, b); }
inline F64 sub(F64 a, F64 b) { return vsubq_f64(a, b); }
inline F64 mul(F64 a, F64 b) { return vmulq_f64(a, b); }
inline F64 divide(F64 a, F64 b) { return vdivq_f64(a, b); }
inline F64 larger(F64 a, F64 b) { return vmaxnmq_f64(a, b); }
inline F64 magnitude(F64 a) { return vabsq_f64(a); }
inline F64 mul_add(F64 a, F64 b, F64 sum) { return vfmaq_f64(sum, a, b); }
inline uint32_t at_least(F64 v, F64 limit) {
  const uint64x2_t reached = vcgeq_f64(v, limit);
  return static_cast<uint32_t>((vgetq_lane_u64(reached, 0) & 1) | (vgetq_lane_u64(reached, 1) & 2));
}
inline double fold(const F64 (&part)[8]) {
  const F64 by_8_0 = vaddq_f64(part[0], part[4]);
  const F64 by_8_1 = vaddq_f64(part[1], part[5]);
  const F64 by_8_2 = vaddq_f64(part[2], part[6]);
  const F64 by_8_3 = vaddq_f64(part[3], part[7]);
  const F64 by_2 = vaddq_f64(vaddq_f64(by_8_0, by_8_2), vaddq_f64(by_8_1, by_8_3));
  return vgetq_lane_f64(by_2, 0) + vgetq_lane_f64(by_2, 1);
}

inline uint32_t bits_of(uint32x4_t lanes) {
  const uint32x4_t bit = {1, 2, 4, 8};
  return vaddvq_u32(vandq_u32(lanes, bit));
}

inline F32 zero_f32() { return vdupq_n_f32(0.0f); }
inline F32 splat_f32(float x) { return vdupq_n_f32(x); }
inline F32 load_f32(const float* p) { return vld1q_f32(p); }
inline F32 load_f32(const int32_t* p) { return vcvtq_f32_s32(vld1q_s32(p)); }
inline void store(float* p, F32 v) { vst1q_f32(p, v); }
inline F32 add(F32 a, F32 b) { return vaddq_f32(a, b); }
inline F32 sub(F32 a, F32 b) { return vsubq_f32(a, b); }
inline F32 mul(F32 a, F32 b) { return vmulq_f32(a, b); }
inline F32 divide(F32 a, F32 b) { return vdivq_f32(a, b); }
inline F32 square_root(F32 a) { return vsqrtq_f32(a); }
inline F32 mul_add(F32 a, F32 b, F32 sum) { return vfmaq_f32(sum, a, b); }
inline uint32_t at_least(F32 v, F32 limit) { return bits_of(vcgeq_f32(v, limit)); }
inline float fold(const F32 (&part)[4]) {
  const F32 by_4 = vaddq_f32(vaddq_f32(part[0], part[2]), vaddq_f32(part[1], part[3]));
  const float32x2_t by_2 = vadd_f32(vget_low_f32(by_4), vget_high_f32(by_4));
  return vget_lane_f32(by_2, 0) + vget_lane_f32(by_2, 1);
}

using Bytes = uint8x16_t;
using Sums = int32x4_t;
constexpr size_t kBytes = 16, kSums = 4;

inline Bytes load_bytes(const uint8_t* p) { return vld1q_u8(p); }
// Planes are whole numbers of sixteen bytes, so no part of a register ever occurs.
inline Bytes load_first_bytes(const uint8_t*, size_t) { return vdupq_n_u8(0); }
inline void store_bytes(uint8_t* p, Bytes v) { vst1q_u8(p, v); }
inline void store_first_bytes(uint8_t*, size_t, Bytes) {}
inline Bytes low_nibbles(Bytes v) { return vandq_u8(v, vdupq_n_u8(15)); }
inline Bytes high_nibbles(Bytes v) { return vshrq_n_u8(v, 4); }
// Codes less 128, which makes them signed.
inline Bytes less_128(Bytes codes) { return veorq_u8(codes, vdupq_n_u8(128)); }
inline Bytes join_low(Bytes high, Bytes low) { return less_128(vsliq_n_u8(low_nibbles(low), high, 4)); }
inline Bytes join_high(Bytes high, Bytes low) { return less_128(vsriq_n_u8(high, low, 4)); }

inline Sums zero_sums() { return vdupq_n_s32(0); }
inline Sums splat_sums(int32_t x) { return vdupq_n_s32(x); }
inline Sums load_sums(const int32_t* p) { return vld1q_s32(p); }
inline void store_sums(int32_t* p, Sums v) { vst1q_s32(p, v); }
inline Sums add_sums(Sums a, Sums b) { return vaddq_s32(a, b); }
inline Sums larger(Sums a, Sums b) { return vmaxq_s32(a, b); }
inline uint32_t at_least(Sums v, Sums limit) { return bits_of(vcgeq_s32(v, limit)); }
// Products in 16 bits, of one element in each lane. Both signed: NEON has no product of unsigned with signed bytes.
struct Pairs {
  int16x8_t low, high;
};
inline Pairs zero_pairs() { return {vdupq_n_s16(0), vdupq_n_s16(0)}; }
inline Pairs pairs_of(Bytes first, Bytes second) {
  const int8x16_t a = vreinterpretq_s8_u8(first), b = vreinterpretq_s8_u8(second);
  return {vmull_s8(vget_low_s8(a), vget_low_s8(b)), vmull_high_s8(a, b)};
}
inline Pairs add_pairs(Pairs pairs, Bytes first, Bytes second) {
  const int8x16_t a = vreinterpretq_s8_u8(first), b = vreinterpretq_s8_u8(second);
  return {vmlal_s8(pairs.low, vget_low_s8(a), vget_low_s8(b)), vmlal_high_s8(pairs.high, a, b)};
}
// Two lanes together still fit 16 bits.
inline Sums add_widened(Sums sums, Pairs pairs) { return vpadalq_s16(sums, vpaddq_s16(pairs.low, pairs.high)); }
// Lanes of these sums mix elements of both halves of a register.
inline Sums add_products(Sums sums, Bytes first, Bytes second) {
  const int8x16_t a = vreinterpretq_s8_u8(first), b = vreinterpretq_s8_u8(second);
#if defined(__ARM_FEATURE_DOTPROD)
  return vdotq_s32(sums, a, b);
#else
  // Of nibbles: two products of at most 15 * 128 fit 16 bits.
  const int16x8_t pairs = vmlal_high_s8(vmull_s8(vget_low_s8(a), vget_low_s8(b)), a, b);
  return vpadalq_s16(sums, pairs);
#endif
}
inline void fold(const Sums* sums, int32_t* out) {
  vst1q_s32(out, vpaddq_s32(vpaddq_s32(sums[0], sums[1]), vpaddq_s32(sums[2], sums[3])));
}
inline Bytes splat_codes(const uint8_t* p) {
  uint32_t four;
  std::memcpy(&four, p, sizeof four);
  return vreinterpretq_u8_u32(vdupq_n_u32(four));
}

// Tiles for 32 registers. A tile of dense algebra, 4 x 8, fills 16 of them.
constexpr size_t kCanonicalTileRows = 6, kCanonicalTileParts = 4;
constexpr size_t kAlsRows = 4, kGramRows = 4, kStretch = 4;
constexpr size_t kEmbeddingRows = 3;
constexpr size_t kLinearTileRows = 4, kLinearTileParts = 4, kSumParts = 16;
constexpr size_t kFloatTileRows = 8, kFloatTileParts = 2;
constexpr size_t kCodeTileRows = 8, kCodeTileParts = 2, kHalfCodeTileParts = 1;
// Steps of codes that 16 bits hold, for queries of this range: 4 * 128 * 63 fits.
constexpr size_t kCodeSteps = 2;
constexpr int kQueryRange = 63;

}  // namespace
