// The kernels on NEON.
#include "isa/neon/vectors.h"
// What is written over them.
#include "isa/generic/kernels-inl.h"

namespace kindred {
extern const Kernels kNeonKernels;
constexpr Kernels kNeonKernels = all_kernels();
}  // namespace kindred
