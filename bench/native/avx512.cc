// Limits of AVX-512 without its integer dot product.
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "limits-inl.h"

namespace {

struct Float32 {
  using Operand = __m512;
  using Accumulator = __m512;
  static constexpr size_t kTileA = 6, kProducts = 16;
  static Operand load(const Operands& o, size_t n) { return _mm512_load_ps(o.floats + 16 * n); }
  static Accumulator zero() { return _mm512_setzero_ps(); }
  static Accumulator multiply_add(Operand a, Operand b, Accumulator sum) { return _mm512_fmadd_ps(a, b, sum); }
  static Accumulator add(Accumulator a, Accumulator b) { return _mm512_add_ps(a, b); }
  static void store(float* out, Accumulator sum) { _mm512_storeu_ps(out, sum); }
};

struct Int8 {
  using Operand = __m512i;
  using Accumulator = __m512i;
  static constexpr size_t kTileA = 6, kProducts = 64;
  static Operand load(const Operands& o, size_t n) { return _mm512_load_si512(o.bytes + 64 * n); }
  static Accumulator zero() { return _mm512_setzero_si512(); }
  static Accumulator multiply_add(Operand a, Operand b, Accumulator sum) {
    return _mm512_add_epi32(sum, _mm512_madd_epi16(_mm512_maddubs_epi16(a, b), _mm512_set1_epi16(1)));
  }
  static Accumulator add(Accumulator a, Accumulator b) { return _mm512_add_epi32(a, b); }
  static void store(int32_t* out, Accumulator sum) { _mm512_storeu_si512(out, sum); }
};

struct Read {
  using Word = __m512i;
  static constexpr size_t kWordBytes = 64;
  static Word word(const uint8_t* p) { return _mm512_load_si512(p); }
  static Word either(Word a, Word b) { return _mm512_or_si512(a, b); }
  static uint64_t first(Word a) { return static_cast<uint64_t>(_mm_cvtsi128_si64(_mm512_castsi512_si128(a))); }
};

}  // namespace

namespace kindred {
extern const LimitKernels kLimitsAvx512Kernels;
constexpr LimitKernels kLimitsAvx512Kernels = {"avx512",        float32_rounds<Float32>, per_round<Float32>(),
                                           int8_rounds<Int8>, per_round<Int8>(),       read_bytes<Read>};
}  // namespace kindred
