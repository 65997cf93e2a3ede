// Registers of AVX-512 (F, BW, DQ, VL): 64 bytes, tails by mask. Products of bytes are one instruction with VNNI, three without.
#pragma once
#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "order/dtype.h"

namespace {

using F64 = __m512d;
using F32 = __m512;
constexpr size_t kF64 = 8, kF32 = 16;

inline __mmask8 first(size_t n) { return static_cast<__mmask8>((1u << n) - 1); }
inline __mmask64 first_of_64(size_t n) { return (1ull << n) - 1; }

// Masks as numbers. Not by conversion: where GCC 12 runs out of registers, it stores the two bytes of the mask and reads four.
#if defined(__GNUC__)
inline uint32_t bits_of(__mmask16 mask) {
  uint32_t bits;
  __asm__("kmovw %1, %0" : "=r"(bits) : "k"(mask));
  return bits;
}
inline uint32_t bits_of(__mmask8 mask) {
  uint32_t bits;
  __asm__("kmovb %1, %0" : "=r"(bits) : "k"(mask));
  return bits;
}
#else
inline uint32_t bits_of(uint32_t mask) { return mask; }
#endif

inline F64 zero_f64() { return _mm512_setzero_pd(); }
inline F64 splat_f64(double x) { return _mm512_set1_pd(x); }
// Eight float16, eight bfloat16 or eight int8 from the low end of a register.
inline F64 widen_float16(__m128i halves) { return _mm512_cvtps_pd(_mm256_maskz_cvtph_ps(first(kF64), halves)); }
inline F64 widen_bfloat16(__m128i halves) {
  return _mm512_cvtps_pd(_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16)));
}
inline F64 widen_int8(__m128i bytes) { return _mm512_cvtepi32_pd(_mm256_cvtepi8_epi32(bytes)); }
inline __m128i load_16_bytes(const void* p) { return _mm_loadu_si128(static_cast<const __m128i*>(p)); }
inline F64 load_f64(const double* p) { return _mm512_loadu_pd(p); }
inline F64 load_f64(const float* p) { return _mm512_cvtps_pd(_mm256_loadu_ps(p)); }
inline F64 load_f64(const int32_t* p) {
  return _mm512_cvtepi32_pd(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
inline F64 load_f64(const kindred::Float16* p) { return widen_float16(load_16_bytes(p)); }
inline F64 load_f64(const kindred::BFloat16* p) { return widen_bfloat16(load_16_bytes(p)); }
inline F64 load_f64(const int8_t* p) { return widen_int8(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))); }
inline F64 load_first_f64(const double* p, size_t n) { return _mm512_maskz_loadu_pd(first(n), p); }
inline F64 load_first_f64(const float* p, size_t n) { return _mm512_cvtps_pd(_mm256_maskz_loadu_ps(first(n), p)); }
inline F64 load_first_f64(const kindred::Float16* p, size_t n) {
  return widen_float16(_mm_maskz_loadu_epi16(first(n), p));
}
inline F64 load_first_f64(const kindred::BFloat16* p, size_t n) {
  return widen_bfloat16(_mm_maskz_loadu_epi16(first(n), p));
}
inline F64 load_first_f64(const int8_t* p, size_t n) { return widen_int8(_mm_maskz_loadu_epi8(first(n), p)); }
inline void store(double* p, F64 v) { _mm512_storeu_pd(p, v); }
inline void store_rounded(float* p, F64 v) { _mm256_storeu_ps(p, _mm512_cvtpd_ps(v)); }
inline F64 add(F64 a, F64 b) { return _mm512_add_pd(a, b); }
inline F64 sub(F64 a, F64 b) { return _mm512_sub_pd(a, b); }
inline F64 mul(F64 a, F64 b) { return _mm512_mul_pd(a, b); }
inline F64 divide(F64 a, F64 b) { return _mm512_div_pd(a, b); }
inline F64 larger(F64 a, F64 b) { return _mm512_max_pd(a, b); }
inline F64 magnitude(F64 a) { return _mm512_abs_pd(a); }
inline F64 mul_add(F64 a, F64 b, F64 sum) { return _mm512_fmadd_pd(a, b, sum); }
inline uint32_t at_least(F64 v, F64 limit) { return bits_of(_mm512_cmp_pd_mask(v, limit, _CMP_GE_OQ)); }
inline double fold(const F64 (&part)[2]) {
  const __m512d by_8 = _mm512_add_pd(part[0], part[1]);
  const __m256d by_4 = _mm256_add_pd(_mm512_castpd512_pd256(by_8), _mm512_extractf64x4_pd(by_8, 1));
  const __m128d by_2 = _mm_add_pd(_mm256_castpd256_pd128(by_4), _mm256_extractf128_pd(by_4, 1));
  return _mm_cvtsd_f64(_mm_add_sd(by_2, _mm_unpackhi_pd(by_2, by_2)));
}

inline F32 zero_f32() { return _mm512_setzero_ps(); }
inline F32 splat_f32(float x) { return _mm512_set1_ps(x); }
inline F32 load_f32(const float* p) { return _mm512_loadu_ps(p); }
inline F32 load_f32(const int32_t* p) { return _mm512_cvtepi32_ps(_mm512_loadu_si512(p)); }
inline void store(float* p, F32 v) { _mm512_storeu_ps(p, v); }
inline F32 add(F32 a, F32 b) { return _mm512_add_ps(a, b); }
inline F32 sub(F32 a, F32 b) { return _mm512_sub_ps(a, b); }
inline F32 mul(F32 a, F32 b) { return _mm512_mul_ps(a, b); }
inline F32 divide(F32 a, F32 b) { return _mm512_div_ps(a, b); }
inline F32 square_root(F32 a) { return _mm512_sqrt_ps(a); }
inline F32 mul_add(F32 a, F32 b, F32 sum) { return _mm512_fmadd_ps(a, b, sum); }
inline uint32_t at_least(F32 v, F32 limit) { return bits_of(_mm512_cmp_ps_mask(v, limit, _CMP_GE_OQ)); }
inline float fold(const F32 (&part)[1]) {
  const __m256 by_8 = _mm256_add_ps(_mm512_castps512_ps256(part[0]), _mm512_extractf32x8_ps(part[0], 1));
  const __m128 by_4 = _mm_add_ps(_mm256_castps256_ps128(by_8), _mm256_extractf128_ps(by_8, 1));
  const __m128 by_2 = _mm_add_ps(by_4, _mm_movehl_ps(by_4, by_4));
  return _mm_cvtss_f32(_mm_add_ss(by_2, _mm_movehdup_ps(by_2)));
}

using Bytes = __m512i;
using Sums = __m512i;
constexpr size_t kBytes = 64, kSums = 16;

inline Bytes load_bytes(const uint8_t* p) { return _mm512_loadu_si512(p); }
inline Bytes load_first_bytes(const uint8_t* p, size_t n) { return _mm512_maskz_loadu_epi8(first_of_64(n), p); }
inline void store_bytes(uint8_t* p, Bytes v) { _mm512_storeu_si512(p, v); }
inline void store_first_bytes(uint8_t* p, size_t n, Bytes v) { _mm512_mask_storeu_epi8(p, first_of_64(n), v); }
inline Bytes low_nibbles(Bytes v) { return _mm512_and_si512(v, _mm512_set1_epi8(15)); }
inline Bytes high_nibbles(Bytes v) { return _mm512_and_si512(_mm512_srli_epi16(v, 4), _mm512_set1_epi8(15)); }
// mask ? a : b, bit by bit.
inline Bytes select(Bytes mask, Bytes a, Bytes b) { return _mm512_ternarylogic_epi32(mask, a, b, 0xca); }
inline Bytes join_low(Bytes high, Bytes low) {
  return select(_mm512_set1_epi8(15), low, _mm512_slli_epi16(high, 4));
}
inline Bytes join_high(Bytes high, Bytes low) {
  return select(_mm512_set1_epi8(15), _mm512_srli_epi16(low, 4), high);
}

inline Sums zero_sums() { return _mm512_setzero_si512(); }
inline Sums splat_sums(int32_t x) { return _mm512_set1_epi32(x); }
inline Sums load_sums(const int32_t* p) { return _mm512_loadu_si512(p); }
inline void store_sums(int32_t* p, Sums v) { _mm512_storeu_si512(p, v); }
inline Sums add_sums(Sums a, Sums b) { return _mm512_add_epi32(a, b); }
inline Sums larger(Sums a, Sums b) { return _mm512_max_epi32(a, b); }
inline uint32_t at_least(Sums v, Sums limit) { return bits_of(_mm512_cmpge_epi32_mask(v, limit)); }
// Products in 16 bits: each lane sums those of two elements.
using Pairs = __m512i;
inline Pairs zero_pairs() { return _mm512_setzero_si512(); }
inline Pairs pairs_of(Bytes unsigned_bytes, Bytes signed_bytes) { return _mm512_maddubs_epi16(unsigned_bytes, signed_bytes); }
inline Pairs add_pairs(Pairs pairs, Bytes unsigned_bytes, Bytes signed_bytes) {
#if defined(__GNUC__)
  // As instructions of its own: GCC 12 moves the products away from their additions, and runs out of registers.
  __m512i products;
  __asm__("vpmaddubsw %3, %2, %1\n\tvpaddw %1, %0, %0" : "+v"(pairs), "=&v"(products) : "v"(unsigned_bytes), "v"(signed_bytes));
  return pairs;
#else
  return _mm512_add_epi16(pairs, pairs_of(unsigned_bytes, signed_bytes));
#endif
}
inline Sums add_widened(Sums sums, Pairs pairs) {
  return _mm512_add_epi32(sums, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
}
inline Sums add_products(Sums sums, Bytes unsigned_bytes, Bytes signed_bytes) {
#if defined(__AVX512VNNI__) && defined(__GNUC__)
  // As an instruction of its own: GCC 12 copies the sums of the intrinsic from register to register, which costs a third.
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(unsigned_bytes), "vm"(signed_bytes));
  return sums;
#elif defined(__AVX512VNNI__)
  return _mm512_dpbusd_epi32(sums, unsigned_bytes, signed_bytes);
#else
  // Of nibbles: two products of at most 15 * 128 fit 16 bits.
  return add_widened(sums, pairs_of(unsigned_bytes, signed_bytes));
#endif
}
// A transpose in which every step also adds: half as many registers each time.
inline void fold(const Sums* sums, int32_t* out) {
  __m512i by_2[8], by_4[4];
#pragma GCC unroll 8
  for (int i = 0; i < 8; i++) {
    const __m512i a = sums[2 * i], b = sums[2 * i + 1];
    by_2[i] = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    const __m512i a = by_2[2 * i], b = by_2[2 * i + 1];
    by_4[i] = _mm512_add_epi32(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
  }
  const auto halves = [](__m512i a, __m512i b) {
    return _mm512_add_epi32(_mm512_shuffle_i32x4(a, b, 0x88), _mm512_shuffle_i32x4(a, b, 0xdd));
  };
  _mm512_storeu_si512(out, halves(halves(by_4[0], by_4[1]), halves(by_4[2], by_4[3])));
}
inline Bytes splat_codes(const uint8_t* p) {
  int32_t four;
  std::memcpy(&four, p, sizeof four);
  return _mm512_set1_epi32(four);
}

// Tiles for 32 registers. A tile of dense algebra, 8 x 24, fills 24 of them.
constexpr size_t kCanonicalTileRows = 12, kCanonicalTileParts = 2;
constexpr size_t kAlsRows = 8, kGramRows = 16, kStretch = 8;
constexpr size_t kEmbeddingRows = 6;
constexpr size_t kLinearTileRows = 8, kLinearTileParts = 3, kSumParts = 8;
constexpr size_t kFloatTileRows = 8, kFloatTileParts = 3;
constexpr size_t kCodeTileRows = 8, kCodeTileParts = 3, kHalfCodeTileParts = 2;
// Steps of codes that 16 bits hold, for queries of this range: 2 * 255 * 64 fits.
constexpr size_t kCodeSteps = 1;
constexpr int kQueryRange = 64;

}  // namespace
