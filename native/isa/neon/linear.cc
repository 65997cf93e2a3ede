// NEON on 64-bit Arm for dense linear algebra: a tile of 4 x 8 float64 fills 16 of 32 registers.
#include <arm_neon.h>

#include <cstddef>

namespace {

using F64 = float64x2_t;
constexpr size_t kWidth = 2;
constexpr size_t kTall = 4, kWideParts = 4;
constexpr size_t kSumParts = 16;

inline F64 zero() { return vdupq_n_f64(0.0); }
inline F64 load(const double* p) { return vld1q_f64(p); }
inline F64 broadcast(double x) { return vdupq_n_f64(x); }
inline void store(double* p, F64 v) { vst1q_f64(p, v); }
inline F64 mul(F64 a, F64 b) { return vmulq_f64(a, b); }
inline F64 sub(F64 a, F64 b) { return vsubq_f64(a, b); }
inline F64 divide(F64 a, F64 b) { return vdivq_f64(a, b); }
inline F64 add_exact_product(F64 sum, F64 a, F64 b) { return vfmaq_f64(sum, a, b); }
inline F64 widen(const float* p) { return vcvt_f64_f32(vld1_f32(p)); }

}  // namespace

#include "isa/generic/linear-inl.h"

namespace kindred {
extern const LinearKernels kNeonLinearKernels;
constexpr LinearKernels kNeonLinearKernels = {kTall, kWide, subtract_products, substitute, weighted_sums};
}  // namespace kindred
