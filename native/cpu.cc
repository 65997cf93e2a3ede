// The only file that asks the CPU. A feature counts only if the operating system also saves its registers (XCR0).
#include "cpu.h"

#include <cstdint>

#if defined(__x86_64__) || defined(_M_X64)

#if defined(_MSC_VER)
#include <intrin.h>
#else
#include <cpuid.h>
#endif

namespace kindred {
namespace {

struct Registers {
  uint32_t eax, ebx, ecx, edx;
};

Registers cpuid(uint32_t leaf) {
  Registers r{};
#if defined(_MSC_VER)
  int out[4];
  __cpuid(out, 0);
  if (static_cast<uint32_t>(out[0]) < leaf) return r;
  __cpuidex(out, static_cast<int>(leaf), 0);
  r = {static_cast<uint32_t>(out[0]), static_cast<uint32_t>(out[1]), static_cast<uint32_t>(out[2]),
       static_cast<uint32_t>(out[3])};
#else
  __get_cpuid_count(leaf, 0, &r.eax, &r.ebx, &r.ecx, &r.edx);
#endif
  return r;
}

// Which register files the operating system saves on a context switch.
uint64_t saved_registers() {
#if defined(_MSC_VER)
  return _xgetbv(0);
#else
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<uint64_t>(high) << 32) | low;
#endif
}

constexpr bool bit(uint32_t word, int index) { return (word >> index) & 1u; }

struct Features {
  bool avx2 = false;
  bool avx512 = false;

  Features() {
    const Registers basic = cpuid(1);
    const bool osxsave = bit(basic.ecx, 27), avx = bit(basic.ecx, 28), fma = bit(basic.ecx, 12);
    if (!osxsave || !avx || !fma) return;
    constexpr uint64_t kYmm = 0x6, kZmm = 0xe6;
    const uint64_t saved = saved_registers();
    const Registers extended = cpuid(7);
    avx2 = bit(extended.ebx, 5) && (saved & kYmm) == kYmm;
    const bool f = bit(extended.ebx, 16), dq = bit(extended.ebx, 17), bw = bit(extended.ebx, 30),
               vl = bit(extended.ebx, 31);
    avx512 = avx2 && f && dq && bw && vl && (saved & kZmm) == kZmm;
  }
};

const Features& features() {
  static const Features found;
  return found;
}

}  // namespace

bool cpu_runs_avx2() { return features().avx2; }
bool cpu_runs_avx512() { return features().avx512; }

}  // namespace kindred

#else

namespace kindred {

bool cpu_runs_avx2() { return false; }
bool cpu_runs_avx512() { return false; }

}  // namespace kindred

#endif
