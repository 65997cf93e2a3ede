// Limits of AVX-512's integer dot product (VNNI).
#include "isa/avx512/vectors.h"
// What is written over them.
#include "vectors-inl.h"

namespace kindred {
extern const LimitKernels kLimitsAvx512VnniKernels;
constexpr LimitKernels kLimitsAvx512VnniKernels = byte_kernels<6>("avx512-vnni");
}  // namespace kindred
