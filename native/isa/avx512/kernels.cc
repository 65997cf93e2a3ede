// The kernels on AVX-512.
#include "isa/avx512/vectors.h"
// What is written over them.
#include "isa/generic/kernels-inl.h"

namespace kindred {
extern const Kernels kAvx512Kernels;
constexpr Kernels kAvx512Kernels = all_kernels();
}  // namespace kindred
