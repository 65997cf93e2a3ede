// Plain C++ for dense linear algebra: what the baseline of any compiler runs.
#include <cstddef>

namespace {

using F64 = double;
constexpr size_t kWidth = 1;
constexpr size_t kTall = 4, kWideParts = 4;
constexpr size_t kSumParts = 8;

inline F64 zero() { return 0; }
inline F64 load(const double* p) { return *p; }
inline F64 broadcast(double x) { return x; }
inline void store(double* p, F64 v) { *p = v; }
inline F64 mul(F64 a, F64 b) { return a * b; }
inline F64 sub(F64 a, F64 b) { return a - b; }
inline F64 divide(F64 a, F64 b) { return a / b; }
inline F64 add_exact_product(F64 sum, F64 a, F64 b) { return sum + a * b; }
inline F64 widen(const float* p) { return *p; }

}  // namespace

#include "isa/generic/linear-inl.h"

namespace kindred {
extern const LinearKernels kScalarLinearKernels;
constexpr LinearKernels kScalarLinearKernels = {kTall, kWide, subtract_products, substitute, weighted_sums};
}  // namespace kindred
