// Limits of AVX2 with FMA.
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "limits-inl.h"

namespace {

// The sums leave few of the 16 registers, so `a` is read from the first cache; five rows of two hide the latency.
struct Float32 {
  using Operand = __m256;
  using Accumulator = __m256;
  static constexpr size_t kTileA = 5, kProducts = 8;
  static Operand load(const Operands& o, size_t n) { return _mm256_load_ps(o.floats + 8 * n); }
  static Accumulator zero() { return _mm256_setzero_ps(); }
  static Accumulator multiply_add(Operand a, Operand b, Accumulator sum) { return _mm256_fmadd_ps(a, b, sum); }
  static Accumulator add(Accumulator a, Accumulator b) { return _mm256_add_ps(a, b); }
  static void store(float* out, Accumulator sum) { _mm256_storeu_ps(out, sum); }
};

struct Int8 {
  using Operand = __m256i;
  using Accumulator = __m256i;
  static constexpr size_t kTileA = 5, kProducts = 32;
  static Operand load(const Operands& o, size_t n) {
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(o.bytes + 32 * n));
  }
  static Accumulator zero() { return _mm256_setzero_si256(); }
  static Accumulator multiply_add(Operand a, Operand b, Accumulator sum) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), _mm256_set1_epi16(1)));
  }
  static Accumulator add(Accumulator a, Accumulator b) { return _mm256_add_epi32(a, b); }
  static void store(int32_t* out, Accumulator sum) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), sum); }
};

struct Read {
  using Word = __m256i;
  static constexpr size_t kWordBytes = 32;
  static Word word(const uint8_t* p) { return _mm256_load_si256(reinterpret_cast<const __m256i*>(p)); }
  static Word either(Word a, Word b) { return _mm256_or_si256(a, b); }
  static uint64_t first(Word a) { return static_cast<uint64_t>(_mm_cvtsi128_si64(_mm256_castsi256_si128(a))); }
};

}  // namespace

namespace kindred {
extern const LimitKernels kLimitsAvx2Kernels;
constexpr LimitKernels kLimitsAvx2Kernels = {"avx2",          float32_rounds<Float32>, per_round<Float32>(),
                                         int8_rounds<Int8>, per_round<Int8>(),       read_bytes<Read>};
}  // namespace kindred
