// AVX2 for alternating least squares: eight float32 per register.
#include <immintrin.h>

#include <cstddef>

namespace {

using F32 = __m256;
constexpr size_t kWidth = 8;
constexpr size_t kRowsAtOnce = 4;
constexpr size_t kGramRows = 4;
constexpr size_t kStretch = 4;

inline F32 zero() { return _mm256_setzero_ps(); }
inline F32 load(const float* p) { return _mm256_loadu_ps(p); }
inline F32 broadcast(float x) { return _mm256_set1_ps(x); }
inline void store(float* p, F32 v) { _mm256_storeu_ps(p, v); }
inline F32 add(F32 a, F32 b) { return _mm256_add_ps(a, b); }
inline F32 sub(F32 a, F32 b) { return _mm256_sub_ps(a, b); }
inline F32 mul(F32 a, F32 b) { return _mm256_mul_ps(a, b); }

inline float fold(const F32 (&part)[2]) {
  const __m256 by_8 = _mm256_add_ps(part[0], part[1]);
  const __m128 by_4 = _mm_add_ps(_mm256_castps256_ps128(by_8), _mm256_extractf128_ps(by_8, 1));
  const __m128 by_2 = _mm_add_ps(by_4, _mm_movehl_ps(by_4, by_4));
  return _mm_cvtss_f32(_mm_add_ss(by_2, _mm_movehdup_ps(by_2)));
}

}  // namespace

#include "isa/generic/als-inl.h"

namespace kindred {
extern const AlsKernels kAvx2AlsKernels;
constexpr AlsKernels kAvx2AlsKernels = make_als_kernels();
}  // namespace kindred
