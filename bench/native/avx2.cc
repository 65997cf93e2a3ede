// Limits of AVX2 with FMA: of 16 registers ten hold sums, and one operand is read from the first cache.
#include "isa/avx2/vectors.h"
// What is written over them.
#include "vectors-inl.h"

namespace kindred {
extern const LimitKernels kLimitsAvx2Kernels;
constexpr LimitKernels kLimitsAvx2Kernels = all_kernels<5, 5>("avx2");
}  // namespace kindred
