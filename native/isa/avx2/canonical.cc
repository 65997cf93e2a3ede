// AVX2 with FMA and F16C: four float64 per register.
#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "order/dtype.h"

namespace {

using F64 = __m256d;
constexpr size_t kWidth = 4;
constexpr size_t kTileRows = 6;
constexpr size_t kTileVectors = 2;

// Sliding a window over this yields a mask whose first n elements are set.
alignas(32) const int64_t kMask64[8] = {-1, -1, -1, -1, 0, 0, 0, 0};
alignas(32) const int32_t kMask32[8] = {-1, -1, -1, -1, 0, 0, 0, 0};

inline F64 zero() { return _mm256_setzero_pd(); }
inline F64 load(const double* p) { return _mm256_loadu_pd(p); }
inline F64 load(const float* p) { return _mm256_cvtps_pd(_mm_loadu_ps(p)); }
inline F64 load_first(const double* p, size_t n) {
  return _mm256_maskload_pd(p, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kMask64 + kWidth - n)));
}
inline F64 load_first(const float* p, size_t n) {
  return _mm256_cvtps_pd(_mm_maskload_ps(p, _mm_loadu_si128(reinterpret_cast<const __m128i*>(kMask32 + kWidth - n))));
}
// Four elements of one or two bytes.
inline F64 load(const kindred::Float16* p) {
  return _mm256_cvtps_pd(_mm_cvtph_ps(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
}
inline F64 load(const kindred::BFloat16* p) {
  const __m128i halves = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
  return _mm256_cvtps_pd(_mm_castsi128_ps(_mm_slli_epi32(_mm_cvtepu16_epi32(halves), 16)));
}
inline F64 load(const int8_t* p) {
  int32_t bytes;
  std::memcpy(&bytes, p, sizeof bytes);
  return _mm256_cvtepi32_pd(_mm_cvtepi8_epi32(_mm_cvtsi32_si128(bytes)));
}
// AVX2 has no masks for elements this small.
template <class T>
inline F64 load_first(const T* p, size_t n) {
  T some[kWidth] = {};
  for (size_t i = 0; i < n; i++) some[i] = p[i];
  return load(some);
}
inline F64 broadcast(const double* p) { return _mm256_broadcast_sd(p); }
inline void store(double* p, F64 v) { _mm256_storeu_pd(p, v); }
inline void store_floats(float* p, F64 v) { _mm_storeu_ps(p, _mm256_cvtpd_ps(v)); }
inline F64 add(F64 a, F64 b) { return _mm256_add_pd(a, b); }
inline F64 sub(F64 a, F64 b) { return _mm256_sub_pd(a, b); }
inline F64 mul(F64 a, F64 b) { return _mm256_mul_pd(a, b); }
inline F64 mul_add(F64 a, F64 b, F64 sum) { return _mm256_fmadd_pd(a, b, sum); }

inline double fold(const F64 (&part)[4]) {
  const __m256d by_8_0 = _mm256_add_pd(part[0], part[2]);
  const __m256d by_8_1 = _mm256_add_pd(part[1], part[3]);
  const __m256d by_4 = _mm256_add_pd(by_8_0, by_8_1);
  const __m128d by_2 = _mm_add_pd(_mm256_castpd256_pd128(by_4), _mm256_extractf128_pd(by_4, 1));
  return _mm_cvtsd_f64(_mm_add_sd(by_2, _mm_unpackhi_pd(by_2, by_2)));
}

}  // namespace

#include "isa/generic/kernels-inl.h"

namespace kindred {
extern const Kernels kAvx2Kernels;
constexpr Kernels kAvx2Kernels = make_kernels();
}  // namespace kindred
