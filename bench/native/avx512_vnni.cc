// Limits of AVX-512's integer dot product (VNNI).
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "limits-inl.h"

namespace {

struct Int8 {
  using Operand = __m512i;
  using Accumulator = __m512i;
  static constexpr size_t kTileA = 6, kProducts = 64;
  static Operand load(const Operands& o, size_t n) { return _mm512_load_si512(o.bytes + 64 * n); }
  static Accumulator zero() { return _mm512_setzero_si512(); }
  static Accumulator multiply_add(Operand a, Operand b, Accumulator sum) { return _mm512_dpbusd_epi32(sum, a, b); }
  static Accumulator add(Accumulator a, Accumulator b) { return _mm512_add_epi32(a, b); }
  static void store(int32_t* out, Accumulator sum) { _mm512_storeu_si512(out, sum); }
};

}  // namespace

namespace kindred {
extern const LimitKernels kLimitsAvx512VnniKernels;
constexpr LimitKernels kLimitsAvx512VnniKernels = {"avx512-vnni", nullptr, 0, int8_rounds<Int8>, per_round<Int8>(), nullptr};
}  // namespace kindred
