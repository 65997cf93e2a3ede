// Limits of NEON without its integer dot product.
#include "isa/neon/vectors.h"
// What is written over them.
#include "vectors-inl.h"

namespace kindred {
extern const LimitKernels kLimitsNeonKernels;
constexpr LimitKernels kLimitsNeonKernels = all_kernels<8, 6>("neon");
}  // namespace kindred
