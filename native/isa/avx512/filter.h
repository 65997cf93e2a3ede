// Vectors of 64 bytes for the filter kernels. With VNNI a product of bytes is one instruction, without it three.
#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace {

using Bytes = __m512i;
using Sums = __m512i;
constexpr size_t kBytes = 64;
constexpr size_t kFold = 16;

inline __mmask64 first_bytes(size_t n) { return (1ull << n) - 1; }

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

inline Bytes load_bytes(const uint8_t* p) { return _mm512_loadu_si512(p); }
inline Bytes load_bytes_first(const uint8_t* p, size_t n) { return _mm512_maskz_loadu_epi8(first_bytes(n), p); }
inline void store_bytes(uint8_t* p, Bytes v) { _mm512_storeu_si512(p, v); }
inline void store_bytes_first(uint8_t* p, size_t n, Bytes v) { _mm512_mask_storeu_epi8(p, first_bytes(n), v); }
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

#if defined(__AVX512VNNI__)
// As an instruction of its own: GCC 12 copies the sums of the intrinsic from register to register, which costs a third.
inline Sums add_products(Sums sums, Bytes unsigned_bytes, Bytes signed_bytes) {
#if defined(__GNUC__)
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(unsigned_bytes), "vm"(signed_bytes));
  return sums;
#else
  return _mm512_dpbusd_epi32(sums, unsigned_bytes, signed_bytes);
#endif
}
#endif

inline Sums no_sums() { return _mm512_setzero_si512(); }
inline Sums add_sums(Sums a, Sums b) { return _mm512_add_epi32(a, b); }
inline Sums dot(Sums sums, Bytes nibbles, Bytes query) {
#if defined(__AVX512VNNI__)
  return add_products(sums, nibbles, query);
#else
  // Two products of at most 15 * 128 fit 16 bits.
  const __m512i pairs = _mm512_maddubs_epi16(nibbles, query);
  return _mm512_add_epi32(sums, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
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

constexpr size_t kReach = 8;
inline uint32_t reach_bits(const int32_t* dots, int32_t times, int32_t base, const float* offsets, double scale,
                           double unit, double threshold) {
  const __m256i raw = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(dots));
  const __m256i whole = _mm256_add_epi32(_mm256_mullo_epi32(raw, _mm256_set1_epi32(times)), _mm256_set1_epi32(base));
  const __m512d product = _mm512_mul_pd(_mm512_cvtepi32_pd(whole), _mm512_set1_pd(scale));
  const __m512d offset = _mm512_mul_pd(_mm512_cvtps_pd(_mm256_loadu_ps(offsets)), _mm512_set1_pd(unit));
  return bits_of(_mm512_cmp_pd_mask(_mm512_add_pd(product, offset), _mm512_set1_pd(threshold), _CMP_GE_OQ));
}

using Floats = __m512;
constexpr size_t kFloats = 16;
constexpr size_t kFloatTileRows = 8;
constexpr size_t kFloatVectors = 3;
inline Floats no_floats() { return _mm512_setzero_ps(); }
inline Floats load_floats(const float* p) { return _mm512_loadu_ps(p); }
[[maybe_unused]] inline Floats to_floats(const int32_t* p) { return _mm512_cvtepi32_ps(_mm512_loadu_si512(p)); }
inline Floats splat(const float* p) { return _mm512_set1_ps(*p); }
inline Floats multiply_add(Floats a, Floats b, Floats sum) { return _mm512_fmadd_ps(a, b, sum); }
inline uint32_t at_least(Floats v, Floats limit) { return bits_of(_mm512_cmp_ps_mask(v, limit, _CMP_GE_OQ)); }
inline void store_floats(float* p, Floats v) { _mm512_storeu_ps(p, v); }

}  // namespace

#include "isa/generic/filter-inl.h"

#if defined(__AVX512VNNI__)
namespace {

constexpr size_t kCodeRows = 8;
constexpr size_t kCodeVectors = 3;
constexpr size_t kIntegers = 16;
inline Sums dot_codes(Sums sums, Bytes codes, Bytes column) { return add_products(sums, codes, column); }
inline Bytes splat_codes(const uint8_t* p) {
  int32_t four;
  std::memcpy(&four, p, sizeof four);
  return _mm512_set1_epi32(four);
}
inline Sums load_sums(const int32_t* p) { return _mm512_loadu_si512(p); }
inline Sums splat_sum(int32_t s) { return _mm512_set1_epi32(s); }
inline void store_sums(int32_t* p, Sums v) { _mm512_storeu_si512(p, v); }
inline uint32_t integers_at_least(Sums v, Sums limit) { return bits_of(_mm512_cmpge_epi32_mask(v, limit)); }
inline Sums larger(Sums a, Sums b) { return _mm512_max_epi32(a, b); }

}  // namespace

#include "isa/generic/filter-products-inl.h"
#endif
