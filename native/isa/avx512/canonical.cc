// AVX-512 (F, BW, DQ, VL): eight float64 per register, tails by mask.
#include <immintrin.h>

#include <cstddef>

#include "order/dtype.h"

namespace {

using F64 = __m512d;
constexpr size_t kWidth = 8;
constexpr size_t kTileRows = 12;
constexpr size_t kTileVectors = 2;

inline __mmask8 first(size_t n) { return static_cast<__mmask8>((1u << n) - 1); }

inline F64 zero() { return _mm512_setzero_pd(); }
inline F64 load(const double* p) { return _mm512_loadu_pd(p); }
inline F64 load(const float* p) { return _mm512_cvtps_pd(_mm256_loadu_ps(p)); }
// Eight float16, eight bfloat16 or eight int8 from the low end of a register.
inline F64 widen_float16(__m128i halves) { return _mm512_cvtps_pd(_mm256_maskz_cvtph_ps(first(kWidth), halves)); }
inline F64 widen_bfloat16(__m128i halves) {
  return _mm512_cvtps_pd(_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16)));
}
inline F64 widen_int8(__m128i bytes) { return _mm512_cvtepi32_pd(_mm256_cvtepi8_epi32(bytes)); }
inline __m128i load_16_bytes(const void* p) { return _mm_loadu_si128(static_cast<const __m128i*>(p)); }
inline F64 load(const kindred::Float16* p) { return widen_float16(load_16_bytes(p)); }
inline F64 load(const kindred::BFloat16* p) { return widen_bfloat16(load_16_bytes(p)); }
inline F64 load(const int8_t* p) { return widen_int8(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))); }
inline F64 load_first(const kindred::Float16* p, size_t n) { return widen_float16(_mm_maskz_loadu_epi16(first(n), p)); }
inline F64 load_first(const kindred::BFloat16* p, size_t n) {
  return widen_bfloat16(_mm_maskz_loadu_epi16(first(n), p));
}
inline F64 load_first(const int8_t* p, size_t n) { return widen_int8(_mm_maskz_loadu_epi8(first(n), p)); }
inline F64 load_first(const double* p, size_t n) { return _mm512_maskz_loadu_pd(first(n), p); }
inline F64 load_first(const float* p, size_t n) { return _mm512_cvtps_pd(_mm256_maskz_loadu_ps(first(n), p)); }
inline F64 broadcast(const double* p) { return _mm512_set1_pd(*p); }
inline void store(double* p, F64 v) { _mm512_storeu_pd(p, v); }
inline void store_floats(float* p, F64 v) { _mm256_storeu_ps(p, _mm512_cvtpd_ps(v)); }
inline F64 add(F64 a, F64 b) { return _mm512_add_pd(a, b); }
inline F64 sub(F64 a, F64 b) { return _mm512_sub_pd(a, b); }
inline F64 mul(F64 a, F64 b) { return _mm512_mul_pd(a, b); }
inline F64 mul_add(F64 a, F64 b, F64 sum) { return _mm512_fmadd_pd(a, b, sum); }

inline double fold(const F64 (&part)[2]) {
  const __m512d by_8 = _mm512_add_pd(part[0], part[1]);
  const __m256d by_4 = _mm256_add_pd(_mm512_castpd512_pd256(by_8), _mm512_extractf64x4_pd(by_8, 1));
  const __m128d by_2 = _mm_add_pd(_mm256_castpd256_pd128(by_4), _mm256_extractf128_pd(by_4, 1));
  return _mm_cvtsd_f64(_mm_add_sd(by_2, _mm_unpackhi_pd(by_2, by_2)));
}

}  // namespace

#include "isa/generic/kernels-inl.h"

namespace kindred {
extern const Kernels kAvx512Kernels;
constexpr Kernels kAvx512Kernels = make_kernels();
}  // namespace kindred
