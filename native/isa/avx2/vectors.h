// Registers of AVX2 with FMA and F16C: 32 bytes. Products of bytes are one instruction with AVX-VNNI, three without.
#pragma once
#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "order/dtype.h"

namespace {

using F64 = __m256d;
using F32 = __m256;
constexpr size_t kF64 = 4, kF32 = 8;

// Sliding a window over this yields a mask whose first n elements are set.
alignas(32) const int64_t kMask64[8] = {-1, -1, -1, -1, 0, 0, 0, 0};
alignas(32) const int32_t kMask32[8] = {-1, -1, -1, -1, 0, 0, 0, 0};

inline F64 zero_f64() { return _mm256_setzero_pd(); }
inline F64 splat_f64(double x) { return _mm256_set1_pd(x); }
inline F64 load_f64(const double* p) { return _mm256_loadu_pd(p); }
inline F64 load_f64(const float* p) { return _mm256_cvtps_pd(_mm_loadu_ps(p)); }
inline F64 load_f64(const int32_t* p) {
  return _mm256_cvtepi32_pd(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
// Four elements of one or two bytes.
inline F64 load_f64(const kindred::Float16* p) {
  return _mm256_cvtps_pd(_mm_cvtph_ps(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
}
inline F64 load_f64(const kindred::BFloat16* p) {
  const __m128i halves = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
  return _mm256_cvtps_pd(_mm_castsi128_ps(_mm_slli_epi32(_mm_cvtepu16_epi32(halves), 16)));
}
inline F64 load_f64(const int8_t* p) {
  int32_t bytes;
  std::memcpy(&bytes, p, sizeof bytes);
  return _mm256_cvtepi32_pd(_mm_cvtepi8_epi32(_mm_cvtsi32_si128(bytes)));
}
inline F64 load_first_f64(const double* p, size_t n) {
  return _mm256_maskload_pd(p, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kMask64 + kF64 - n)));
}
inline F64 load_first_f64(const float* p, size_t n) {
  return _mm256_cvtps_pd(_mm_maskload_ps(p, _mm_loadu_si128(reinterpret_cast<const __m128i*>(kMask32 + kF64 - n))));
}
// AVX2 has no masks for elements this small.
template <class T>
inline F64 load_first_f64(const T* p, size_t n) {
  T some[kF64] = {};
  for (size_t i = 0; i < n; i++) some[i] = p[i];
  return load_f64(some);
}
inline void store(double* p, F64 v) { _mm256_storeu_pd(p, v); }
inline void store_rounded(float* p, F64 v) { _mm_storeu_ps(p, _mm256_cvtpd_ps(v)); }
inline F64 add(F64 a, F64 b) { return _mm256_add_pd(a, b); }
inline F64 sub(F64 a, F64 b) { return _mm256_sub_pd(a, b); }
inline F64 mul(F64 a, F64 b) { return _mm256_mul_pd(a, b); }
inline F64 divide(F64 a, F64 b) { return _mm256_div_pd(a, b); }
inline F64 larger(F64 a, F64 b) { return _mm256_max_pd(a, b); }
inline F64 magnitude(F64 a) { return _mm256_andnot_pd(_mm256_set1_pd(-0.0), a); }
inline F64 mul_add(F64 a, F64 b, F64 sum) { return _mm256_fmadd_pd(a, b, sum); }
inline uint32_t at_least(F64 v, F64 limit) {
  return static_cast<uint32_t>(_mm256_movemask_pd(_mm256_cmp_pd(v, limit, _CMP_GE_OQ)));
}
inline double fold(const F64 (&part)[4]) {
  const __m256d by_8_0 = _mm256_add_pd(part[0], part[2]);
  const __m256d by_8_1 = _mm256_add_pd(part[1], part[3]);
  const __m256d by_4 = _mm256_add_pd(by_8_0, by_8_1);
  const __m128d by_2 = _mm_add_pd(_mm256_castpd256_pd128(by_4), _mm256_extractf128_pd(by_4, 1));
  return _mm_cvtsd_f64(_mm_add_sd(by_2, _mm_unpackhi_pd(by_2, by_2)));
}

inline F32 zero_f32() { return _mm256_setzero_ps(); }
inline F32 splat_f32(float x) { return _mm256_set1_ps(x); }
inline F32 load_f32(const float* p) { return _mm256_loadu_ps(p); }
inline F32 load_f32(const int32_t* p) {
  return _mm256_cvtepi32_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
inline void store(float* p, F32 v) { _mm256_storeu_ps(p, v); }
inline F32 add(F32 a, F32 b) { return _mm256_add_ps(a, b); }
inline F32 sub(F32 a, F32 b) { return _mm256_sub_ps(a, b); }
inline F32 mul(F32 a, F32 b) { return _mm256_mul_ps(a, b); }
inline F32 divide(F32 a, F32 b) { return _mm256_div_ps(a, b); }
inline F32 square_root(F32 a) { return _mm256_sqrt_ps(a); }
inline F32 mul_add(F32 a, F32 b, F32 sum) { return _mm256_fmadd_ps(a, b, sum); }
inline uint32_t at_least(F32 v, F32 limit) {
  return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(v, limit, _CMP_GE_OQ)));
}
inline float fold(const F32 (&part)[2]) {
  const __m256 by_8 = _mm256_add_ps(part[0], part[1]);
  const __m128 by_4 = _mm_add_ps(_mm256_castps256_ps128(by_8), _mm256_extractf128_ps(by_8, 1));
  const __m128 by_2 = _mm_add_ps(by_4, _mm_movehl_ps(by_4, by_4));
  return _mm_cvtss_f32(_mm_add_ss(by_2, _mm_movehdup_ps(by_2)));
}

using Bytes = __m256i;
using Sums = __m256i;
constexpr size_t kBytes = 32, kSums = 8;

inline Bytes load_bytes(const uint8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
// Sixteen bytes are the only part of a register that occurs.
inline Bytes load_first_bytes(const uint8_t* p, size_t) {
  return _mm256_zextsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
inline void store_bytes(uint8_t* p, Bytes v) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v); }
inline void store_first_bytes(uint8_t* p, size_t, Bytes v) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_castsi256_si128(v));
}
inline Bytes low_nibbles(Bytes v) { return _mm256_and_si256(v, _mm256_set1_epi8(15)); }
inline Bytes high_nibbles(Bytes v) { return _mm256_and_si256(_mm256_srli_epi16(v, 4), _mm256_set1_epi8(15)); }
inline Bytes join_low(Bytes high, Bytes low) {
  return _mm256_or_si256(low_nibbles(low), _mm256_slli_epi16(low_nibbles(high), 4));
}
inline Bytes join_high(Bytes high, Bytes low) {
  return _mm256_or_si256(high_nibbles(low), _mm256_andnot_si256(_mm256_set1_epi8(15), high));
}

inline Sums zero_sums() { return _mm256_setzero_si256(); }
inline Sums splat_sums(int32_t x) { return _mm256_set1_epi32(x); }
inline Sums load_sums(const int32_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
inline void store_sums(int32_t* p, Sums v) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v); }
inline Sums add_sums(Sums a, Sums b) { return _mm256_add_epi32(a, b); }
inline Sums larger(Sums a, Sums b) { return _mm256_max_epi32(a, b); }
inline uint32_t at_least(Sums v, Sums limit) {
  return 0xffu & ~static_cast<uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(limit, v))));
}
// Products in 16 bits: each lane sums those of two elements.
using Pairs = __m256i;
inline Pairs zero_pairs() { return _mm256_setzero_si256(); }
inline Pairs pairs_of(Bytes unsigned_bytes, Bytes signed_bytes) { return _mm256_maddubs_epi16(unsigned_bytes, signed_bytes); }
inline Pairs add_pairs(Pairs pairs, Bytes unsigned_bytes, Bytes signed_bytes) {
#if defined(__GNUC__)
  // As instructions of its own: GCC 12 moves the products away from their additions, and runs out of registers.
  __m256i products;
  __asm__("vpmaddubsw %3, %2, %1\n\tvpaddw %1, %0, %0" : "+x"(pairs), "=&x"(products) : "x"(unsigned_bytes), "x"(signed_bytes));
  return pairs;
#else
  return _mm256_add_epi16(pairs, pairs_of(unsigned_bytes, signed_bytes));
#endif
}
inline Sums add_widened(Sums sums, Pairs pairs) {
  return _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}
inline Sums add_products(Sums sums, Bytes unsigned_bytes, Bytes signed_bytes) {
#if defined(__AVXVNNI__) && defined(__GNUC__)
  // As an instruction of its own: GCC 12 copies the sums of the intrinsic from register to register, which costs a third.
  __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sums) : "x"(unsigned_bytes), "xm"(signed_bytes));
  return sums;
#elif defined(__AVXVNNI__)
  return _mm256_dpbusd_avx_epi32(sums, unsigned_bytes, signed_bytes);
#else
  // Of nibbles: two products of at most 15 * 128 fit 16 bits.
  return add_widened(sums, pairs_of(unsigned_bytes, signed_bytes));
#endif
}
inline void fold(const Sums* sums, int32_t* out) {
  __m256i by_2[4], by_4[2];
  for (int i = 0; i < 4; i++) by_2[i] = _mm256_hadd_epi32(sums[2 * i], sums[2 * i + 1]);
  for (int i = 0; i < 2; i++) by_4[i] = _mm256_hadd_epi32(by_2[2 * i], by_2[2 * i + 1]);
  const __m256i low = _mm256_permute2x128_si256(by_4[0], by_4[1], 0x20);
  const __m256i high = _mm256_permute2x128_si256(by_4[0], by_4[1], 0x31);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_add_epi32(low, high));
}
inline Bytes splat_codes(const uint8_t* p) {
  int32_t four;
  std::memcpy(&four, p, sizeof four);
  return _mm256_set1_epi32(four);
}

// Tiles for sixteen registers. A tile of dense algebra, 4 x 12, fills twelve of them.
constexpr size_t kCanonicalTileRows = 6, kCanonicalTileParts = 2;
constexpr size_t kAlsRows = 4, kGramRows = 4, kStretch = 4;
constexpr size_t kEmbeddingRows = 3;
constexpr size_t kLinearTileRows = 4, kLinearTileParts = 3, kSumParts = 8;
constexpr size_t kFloatTileRows = 4, kFloatTileParts = 3;
constexpr size_t kCodeTileRows = 4, kCodeTileParts = 3, kHalfCodeTileParts = 2;
// Steps of codes that 16 bits hold, for queries of this range: 2 * 255 * 64 fits.
constexpr size_t kCodeSteps = 1;
constexpr int kQueryRange = 64;

}  // namespace
