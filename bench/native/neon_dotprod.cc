// Limits of NEON's integer dot product.
#include "isa/neon/vectors.h"
// What is written over them.
#include "vectors-inl.h"

namespace kindred {
extern const LimitKernels kLimitsNeonDotprodKernels;
constexpr LimitKernels kLimitsNeonDotprodKernels = byte_kernels<8>("neon-dotprod");
}  // namespace kindred
