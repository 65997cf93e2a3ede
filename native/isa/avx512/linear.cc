// AVX-512 for dense linear algebra: a tile of 8 x 24 float64 fills 24 of 32 registers.
#include <immintrin.h>

#include <cstddef>

namespace {

using F64 = __m512d;
constexpr size_t kWidth = 8;
constexpr size_t kTall = 8, kWideParts = 3;
constexpr size_t kSumParts = 8;

inline F64 zero() { return _mm512_setzero_pd(); }
inline F64 load(const double* p) { return _mm512_loadu_pd(p); }
inline F64 broadcast(double x) { return _mm512_set1_pd(x); }
inline void store(double* p, F64 v) { _mm512_storeu_pd(p, v); }
inline F64 mul(F64 a, F64 b) { return _mm512_mul_pd(a, b); }
inline F64 sub(F64 a, F64 b) { return _mm512_sub_pd(a, b); }
inline F64 divide(F64 a, F64 b) { return _mm512_div_pd(a, b); }
inline F64 add_exact_product(F64 sum, F64 a, F64 b) { return _mm512_fmadd_pd(a, b, sum); }
inline F64 widen(const float* p) { return _mm512_cvtps_pd(_mm256_loadu_ps(p)); }

}  // namespace

#include "isa/generic/linear-inl.h"

namespace kindred {
extern const LinearKernels kAvx512LinearKernels;
constexpr LinearKernels kAvx512LinearKernels = {kTall, kWide, subtract_products, substitute, weighted_sums};
}  // namespace kindred
