// One list of levels, best first. A table's code is only ever called after its CPU check passed.
#include "isa/levels.h"

#include "isa/costs.h"
#include "machine/cpu.h"

namespace kindred {

extern const Kernels kScalarKernels, kAvx2Kernels, kAvx512Kernels, kNeonKernels;
extern const Filter kAvx2Filter, kAvx2VnniFilter, kAvx512Filter, kAvx512VnniFilter, kAmxFilter;
extern const Filter kNeonFilter, kNeonDotprodFilter, kNeonI8mmFilter;

namespace {

std::string unless(bool runs, const char* obstacle) { return runs ? "" : obstacle; }

}  // namespace

const std::vector<Level>& levels() {
  static const std::vector<Level> all = {
#if defined(__x86_64__) || defined(_M_X64)
#if defined(KINDRED_AMX)
      {"amx", &kAvx512Kernels, &kAmxFilter, &kAmxCosts, cpu_obstacle_to_amx()},
#endif
      {"avx512-vnni", &kAvx512Kernels, &kAvx512VnniFilter, &kAvx512VnniCosts,
       unless(cpu_runs_avx512_vnni(), "this CPU or operating system lacks AVX-512 with VNNI")},
      {"avx512", &kAvx512Kernels, &kAvx512Filter, &kAvx512Costs,
       unless(cpu_runs_avx512(), "this CPU or operating system lacks AVX-512 (F, BW, DQ, VL)")},
      {"avx2-vnni", &kAvx2Kernels, &kAvx2VnniFilter, &kAvx2VnniCosts,
       unless(cpu_runs_avx2_vnni(), "this CPU or operating system lacks AVX2 with AVX-VNNI")},
      {"avx2", &kAvx2Kernels, &kAvx2Filter, &kAvx2Costs,
       unless(cpu_runs_avx2(), "this CPU or operating system lacks AVX2 with FMA and F16C")},
#elif defined(__aarch64__) || defined(_M_ARM64)
      {"neon-i8mm", &kNeonKernels, &kNeonI8mmFilter, &kNeonI8mmCosts,
       unless(cpu_runs_neon_i8mm(), "this CPU lacks the int8 matrix multiply extension, or nothing tells")},
      {"neon-dotprod", &kNeonKernels, &kNeonDotprodFilter, &kNeonDotprodCosts,
       unless(cpu_runs_neon_dotprod(), "this CPU lacks the dot product extension, or nothing tells")},
      {"neon", &kNeonKernels, &kNeonFilter, &kNeonCosts, ""},
#endif
      // Without vector instructions nothing is faster than scoring every row.
      {"scalar", &kScalarKernels, nullptr, &kScalarCosts, ""},
  };
  return all;
}

}  // namespace kindred
