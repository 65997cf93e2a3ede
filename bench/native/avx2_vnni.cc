// Limits of the integer dot product for 256-bit registers (AVX-VNNI).
#include "isa/avx2/vectors.h"
// What is written over them.
#include "vectors-inl.h"

namespace kindred {
extern const LimitKernels kLimitsAvx2VnniKernels;
constexpr LimitKernels kLimitsAvx2VnniKernels = byte_kernels<4>("avx2-vnni");
}  // namespace kindred
