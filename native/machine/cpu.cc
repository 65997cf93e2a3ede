// The only file that asks the CPU. A feature counts only if the operating system also saves its registers (XCR0).
#include "machine/cpu.h"

#include <cstdint>

#if defined(__x86_64__) || defined(_M_X64)

#if defined(_MSC_VER)
#include <intrin.h>
#else
#include <cpuid.h>
#endif

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace kindred {
namespace {

struct Registers {
  uint32_t eax, ebx, ecx, edx;
};

// All zero for a leaf that this CPU does not know.
Registers cpuid(uint32_t leaf, uint32_t subleaf) {
  Registers r{};
#if defined(_MSC_VER)
  int out[4];
  __cpuid(out, 0);
  if (static_cast<uint32_t>(out[0]) < leaf) return r;
  __cpuidex(out, static_cast<int>(leaf), static_cast<int>(subleaf));
  r = {static_cast<uint32_t>(out[0]), static_cast<uint32_t>(out[1]), static_cast<uint32_t>(out[2]),
       static_cast<uint32_t>(out[3])};
#else
  __get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx);
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

std::vector<std::string> find_features() {
  const Registers basic = cpuid(1, 0);
  const bool osxsave = bit(basic.ecx, 27);
  if (!osxsave) return {};
  const uint64_t saved = saved_registers();
  const auto saves = [saved](uint64_t registers) { return (saved & registers) == registers; };
  const bool ymm = saves(0x6), zmm = saves(0xe6), tiles = saves(0x60000);
  const Registers leaf7 = cpuid(7, 0), leaf7_1 = cpuid(7, 1);
  const struct {
    const char* name;
    bool found;
  } all[] = {
      {"avx", ymm && bit(basic.ecx, 28)},
      {"fma", ymm && bit(basic.ecx, 12)},
      {"f16c", ymm && bit(basic.ecx, 29)},
      {"avx2", ymm && bit(leaf7.ebx, 5)},
      {"avxvnni", ymm && bit(leaf7_1.eax, 4)},
      {"avx512f", zmm && bit(leaf7.ebx, 16)},
      {"avx512dq", zmm && bit(leaf7.ebx, 17)},
      {"avx512bw", zmm && bit(leaf7.ebx, 30)},
      {"avx512vl", zmm && bit(leaf7.ebx, 31)},
      {"avx512vnni", zmm && bit(leaf7.ecx, 11)},
      {"avx512bf16", zmm && bit(leaf7_1.eax, 5)},
      {"amx-tile", tiles && bit(leaf7.edx, 24)},
      {"amx-int8", tiles && bit(leaf7.edx, 25)},
      {"amx-bf16", tiles && bit(leaf7.edx, 22)},
  };
  std::vector<std::string> names;
  for (const auto& feature : all) {
    if (feature.found) names.push_back(feature.name);
  }
  return names;
}

const std::vector<std::string>& features() {
  static const std::vector<std::string> found = find_features();
  return found;
}

bool has_all(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    bool found = false;
    for (const std::string& feature : features()) found = found || feature == name;
    if (!found) return false;
  }
  return true;
}

}  // namespace

bool cpu_runs_avx2() { return has_all({"avx", "fma", "f16c", "avx2"}); }
bool cpu_runs_avx512() {
  return cpu_runs_avx2() && has_all({"avx512f", "avx512dq", "avx512bw", "avx512vl"});
}
bool cpu_runs_avx2_vnni() { return cpu_runs_avx2() && has_all({"avxvnni"}); }
bool cpu_runs_avx512_vnni() { return cpu_runs_avx512() && has_all({"avx512vnni"}); }
bool cpu_runs_neon_dotprod() { return false; }
bool cpu_runs_neon_i8mm() { return false; }

std::string cpu_obstacle_to_amx() {
  if (!cpu_runs_avx512_vnni() || !has_all({"amx-tile", "amx-int8"})) {
    return "this CPU or operating system lacks AMX (tile, int8) or AVX-512 with VNNI";
  }
#if defined(__linux__)
  // Linux saves the tile registers of those processes only that ask (Documentation/arch/x86/xstate.rst).
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  if (syscall(SYS_arch_prctl, kRequestPermission, kTileData) != 0) return "the operating system refuses AMX";
  return "";
#else
  return "AMX is used on Linux only";
#endif
}

std::vector<std::string> cpu_features() { return features(); }

}  // namespace kindred

#else

#if defined(__linux__) && defined(__aarch64__)
#include <sys/auxv.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#endif

namespace kindred {

bool cpu_runs_avx2() { return false; }
bool cpu_runs_avx2_vnni() { return false; }
bool cpu_runs_avx512() { return false; }
bool cpu_runs_avx512_vnni() { return false; }
std::string cpu_obstacle_to_amx() { return "this is no x86 CPU"; }

namespace {

bool has(const char* wanted) {
  for (const std::string& name : cpu_features()) {
    if (name == wanted) return true;
  }
  return false;
}

}  // namespace

bool cpu_runs_neon_dotprod() { return has("dotprod"); }
bool cpu_runs_neon_i8mm() { return has("dotprod") && has("i8mm"); }

std::vector<std::string> cpu_features() {
  std::vector<std::string> names;
#if defined(__aarch64__) || defined(_M_ARM64)
  names.push_back("neon");
#endif
#if defined(__linux__) && defined(__aarch64__)
  // Bits of the kernel's ABI (asm/hwcap.h), spelled out because old headers lack them.
  constexpr unsigned long kDotProduct = 1ul << 20, kInt8MatrixMultiply = 1ul << 13;
  if (getauxval(AT_HWCAP) & kDotProduct) names.push_back("dotprod");
  if (getauxval(AT_HWCAP2) & kInt8MatrixMultiply) names.push_back("i8mm");
#elif defined(__APPLE__) && defined(__aarch64__)
  names.push_back("dotprod");  // every Apple CPU that runs a 64-bit macOS
  int found = 0;
  size_t size = sizeof found;
  if (sysctlbyname("hw.optional.arm.FEAT_I8MM", &found, &size, nullptr, 0) == 0 && found != 0) names.push_back("i8mm");
#endif
  return names;
}

}  // namespace kindred

#endif
