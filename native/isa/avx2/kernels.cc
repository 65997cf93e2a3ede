// The kernels on AVX2.
#include "isa/avx2/vectors.h"
// What is written over them.
#include "isa/generic/kernels-inl.h"

namespace kindred {
extern const Kernels kAvx2Kernels;
constexpr Kernels kAvx2Kernels = all_kernels();
}  // namespace kindred
