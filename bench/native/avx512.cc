// Limits of AVX-512 without its integer dot product.
#include "isa/avx512/vectors.h"
// What is written over them.
#include "vectors-inl.h"

namespace kindred {
extern const LimitKernels kLimitsAvx512Kernels;
constexpr LimitKernels kLimitsAvx512Kernels = all_kernels<6, 6>("avx512");
}  // namespace kindred
