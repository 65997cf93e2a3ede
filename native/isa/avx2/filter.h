// Vectors of 32 bytes for the filter kernels, with or without AVX-VNNI.
#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace {

using Bytes = __m256i;
using Sums = __m256i;
constexpr size_t kBytes = 32;
constexpr size_t kFold = 8;

inline Bytes load_bytes(const uint8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
// Sixteen bytes are the only part of a register that occurs.
inline Bytes load_bytes_first(const uint8_t* p, size_t) {
  return _mm256_zextsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
inline void store_bytes(uint8_t* p, Bytes v) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v); }
inline void store_bytes_first(uint8_t* p, size_t, Bytes v) {
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

#if defined(__AVXVNNI__)
// As an instruction of its own: GCC 12 copies the sums of the intrinsic from register to register, which costs a third.
inline Sums add_products(Sums sums, Bytes unsigned_bytes, Bytes signed_bytes) {
#if defined(__GNUC__)
  __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sums) : "x"(unsigned_bytes), "xm"(signed_bytes));
  return sums;
#else
  return _mm256_dpbusd_avx_epi32(sums, unsigned_bytes, signed_bytes);
#endif
}
#endif

inline Sums no_sums() { return _mm256_setzero_si256(); }
inline Sums add_sums(Sums a, Sums b) { return _mm256_add_epi32(a, b); }
inline Sums dot(Sums sums, Bytes nibbles, Bytes query) {
#if defined(__AVXVNNI__)
  return add_products(sums, nibbles, query);
#else
  // Two products of at most 15 * 128 fit 16 bits.
  const __m256i pairs = _mm256_maddubs_epi16(nibbles, query);
  return _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
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

constexpr size_t kReach = 4;
inline uint32_t reach_bits(const int32_t* dots, int32_t times, int32_t base, const float* offsets, double scale,
                           double unit, double threshold) {
  const __m128i raw = _mm_loadu_si128(reinterpret_cast<const __m128i*>(dots));
  const __m128i whole = _mm_add_epi32(_mm_mullo_epi32(raw, _mm_set1_epi32(times)), _mm_set1_epi32(base));
  const __m256d product = _mm256_mul_pd(_mm256_cvtepi32_pd(whole), _mm256_set1_pd(scale));
  const __m256d offset = _mm256_mul_pd(_mm256_cvtps_pd(_mm_loadu_ps(offsets)), _mm256_set1_pd(unit));
  const __m256d reached = _mm256_cmp_pd(_mm256_add_pd(product, offset), _mm256_set1_pd(threshold), _CMP_GE_OQ);
  return static_cast<uint32_t>(_mm256_movemask_pd(reached));
}

using Floats = __m256;
constexpr size_t kFloats = 8;
constexpr size_t kFloatTileRows = 4;
constexpr size_t kFloatVectors = 3;
inline Floats no_floats() { return _mm256_setzero_ps(); }
inline Floats load_floats(const float* p) { return _mm256_loadu_ps(p); }
[[maybe_unused]] inline Floats to_floats(const int32_t* p) {
  return _mm256_cvtepi32_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
inline Floats splat(const float* p) { return _mm256_broadcast_ss(p); }
inline Floats multiply_add(Floats a, Floats b, Floats sum) { return _mm256_fmadd_ps(a, b, sum); }
inline uint32_t at_least(Floats v, Floats limit) {
  return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(v, limit, _CMP_GE_OQ)));
}
inline void store_floats(float* p, Floats v) { _mm256_storeu_ps(p, v); }

}  // namespace

#include "isa/generic/filter-inl.h"

#if defined(__AVXVNNI__)
namespace {

constexpr size_t kCodeRows = 4;
constexpr size_t kCodeVectors = 3;
constexpr size_t kIntegers = 8;
inline Sums dot_codes(Sums sums, Bytes codes, Bytes column) { return add_products(sums, codes, column); }
inline Bytes splat_codes(const uint8_t* p) {
  int32_t four;
  std::memcpy(&four, p, sizeof four);
  return _mm256_set1_epi32(four);
}
inline Sums load_sums(const int32_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
inline Sums splat_sum(int32_t s) { return _mm256_set1_epi32(s); }
inline void store_sums(int32_t* p, Sums v) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v); }
inline uint32_t integers_at_least(Sums v, Sums limit) {
  return 0xffu & ~static_cast<uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(limit, v))));
}
inline Sums larger(Sums a, Sums b) { return _mm256_max_epi32(a, b); }

}  // namespace

#include "isa/generic/filter-products-inl.h"
#endif
