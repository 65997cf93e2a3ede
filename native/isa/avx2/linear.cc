// AVX2 for dense linear algebra: a tile of 4 x 12 float64 fills 12 of 16 registers.
#include <immintrin.h>

#include <cstddef>

namespace {

using F64 = __m256d;
constexpr size_t kWidth = 4;
constexpr size_t kTall = 4, kWideParts = 3;
constexpr size_t kSumParts = 8;

inline F64 zero() { return _mm256_setzero_pd(); }
inline F64 load(const double* p) { return _mm256_loadu_pd(p); }
inline F64 broadcast(double x) { return _mm256_set1_pd(x); }
inline void store(double* p, F64 v) { _mm256_storeu_pd(p, v); }
inline F64 mul(F64 a, F64 b) { return _mm256_mul_pd(a, b); }
inline F64 sub(F64 a, F64 b) { return _mm256_sub_pd(a, b); }
inline F64 divide(F64 a, F64 b) { return _mm256_div_pd(a, b); }
inline F64 add_exact_product(F64 sum, F64 a, F64 b) { return _mm256_fmadd_pd(a, b, sum); }
inline F64 widen(const float* p) { return _mm256_cvtps_pd(_mm_loadu_ps(p)); }

}  // namespace

#include "isa/generic/linear-inl.h"

namespace kindred {
extern const LinearKernels kAvx2LinearKernels;
constexpr LinearKernels kAvx2LinearKernels = {kTall, kWide, subtract_products, substitute, weighted_sums};
}  // namespace kindred
