// The level that runs everywhere.
#include "isa/scalar/vectors.h"
// What is written over them.
#include "isa/generic/kernels-inl.h"

namespace kindred {
extern const Kernels kScalarKernels;
constexpr Kernels kScalarKernels = all_kernels();
}  // namespace kindred
