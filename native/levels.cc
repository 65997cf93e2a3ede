// One list of levels, best first. A table's code is only ever called after its CPU check passed.
#include "levels.h"

#include "cpu.h"

namespace kindred {

#if defined(__x86_64__) || defined(_M_X64)
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;
#elif defined(__aarch64__) || defined(_M_ARM64)
extern const Kernels kNeonKernels;
#endif
extern const Kernels kScalarKernels;

const std::vector<Level>& levels() {
  static const std::vector<Level> all = {
#if defined(__x86_64__) || defined(_M_X64)
      {&kAvx512Kernels, cpu_runs_avx512() ? "" : "this CPU or operating system lacks AVX-512 (F, BW, DQ, VL)"},
      {&kAvx2Kernels, cpu_runs_avx2() ? "" : "this CPU or operating system lacks AVX2 with FMA"},
#elif defined(__aarch64__) || defined(_M_ARM64)
      {&kNeonKernels, ""},
#endif
      {&kScalarKernels, ""},
  };
  return all;
}

}  // namespace kindred
