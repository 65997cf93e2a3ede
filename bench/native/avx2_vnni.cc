// Limits of the integer dot product for 256-bit registers (AVX-VNNI).
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "limits-inl.h"

namespace {

struct Int8 {
  using Operand = __m256i;
  using Accumulator = __m256i;
  static constexpr size_t kTileA = 4, kProducts = 32;
  static Operand load(const Operands& o, size_t n) {
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(o.bytes + 32 * n));
  }
  static Accumulator zero() { return _mm256_setzero_si256(); }
  static Accumulator multiply_add(Operand a, Operand b, Accumulator sum) { return _mm256_dpbusd_avx_epi32(sum, a, b); }
  static Accumulator add(Accumulator a, Accumulator b) { return _mm256_add_epi32(a, b); }
  static void store(int32_t* out, Accumulator sum) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), sum); }
};

}  // namespace

namespace kindred {
extern const LimitKernels kLimitsAvx2VnniKernels;
constexpr LimitKernels kLimitsAvx2VnniKernels = {"avx2-vnni", nullptr, 0, int8_rounds<Int8>, per_round<Int8>(), nullptr};
}  // namespace kindred
