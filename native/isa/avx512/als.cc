// AVX-512 for alternating least squares: all sixteen float32 lanes in one register.
#include <immintrin.h>

#include <cstddef>

namespace {

using F32 = __m512;
constexpr size_t kWidth = 16;
constexpr size_t kRowsAtOnce = 8;
constexpr size_t kGramRows = 16;
constexpr size_t kStretch = 8;

inline F32 zero() { return _mm512_setzero_ps(); }
inline F32 load(const float* p) { return _mm512_loadu_ps(p); }
inline F32 broadcast(float x) { return _mm512_set1_ps(x); }
inline void store(float* p, F32 v) { _mm512_storeu_ps(p, v); }
inline F32 add(F32 a, F32 b) { return _mm512_add_ps(a, b); }
inline F32 sub(F32 a, F32 b) { return _mm512_sub_ps(a, b); }
inline F32 mul(F32 a, F32 b) { return _mm512_mul_ps(a, b); }

inline float fold(const F32 (&part)[1]) {
  const __m256 by_8 = _mm256_add_ps(_mm512_castps512_ps256(part[0]), _mm512_extractf32x8_ps(part[0], 1));
  const __m128 by_4 = _mm_add_ps(_mm256_castps256_ps128(by_8), _mm256_extractf128_ps(by_8, 1));
  const __m128 by_2 = _mm_add_ps(by_4, _mm_movehl_ps(by_4, by_4));
  return _mm_cvtss_f32(_mm_add_ss(by_2, _mm_movehdup_ps(by_2)));
}

}  // namespace

#include "isa/generic/als-inl.h"

namespace kindred {
extern const AlsKernels kAvx512AlsKernels;
constexpr AlsKernels kAvx512AlsKernels = make_als_kernels();
}  // namespace kindred
