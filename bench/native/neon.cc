// Limits of NEON without its integer dot product.
#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

#include "limits-inl.h"

namespace {

struct Float32 {
  using Operand = float32x4_t;
  using Accumulator = float32x4_t;
  static constexpr size_t kTileA = 8, kProducts = 4;
  static Operand load(const Operands& o, size_t n) { return vld1q_f32(o.floats + 4 * n); }
  static Accumulator zero() { return vdupq_n_f32(0); }
  static Accumulator multiply_add(Operand a, Operand b, Accumulator sum) { return vfmaq_f32(sum, a, b); }
  static Accumulator add(Accumulator a, Accumulator b) { return vaddq_f32(a, b); }
  static void store(float* out, Accumulator sum) { vst1q_f32(out, sum); }
};

// Two widening products of eight, added in pairs.
struct Int8 {
  using Operand = int8x16_t;
  using Accumulator = int32x4_t;
  static constexpr size_t kTileA = 6, kProducts = 16;
  static Operand load(const Operands& o, size_t n) { return vreinterpretq_s8_u8(vld1q_u8(o.bytes + 16 * n)); }
  static Accumulator zero() { return vdupq_n_s32(0); }
  static Accumulator multiply_add(Operand a, Operand b, Accumulator sum) {
    const int16x8_t products = vmull_s8(vget_low_s8(a), vget_low_s8(b));
    return vpadalq_s16(sum, vmlal_s8(products, vget_high_s8(a), vget_high_s8(b)));
  }
  static Accumulator add(Accumulator a, Accumulator b) { return vaddq_s32(a, b); }
  static void store(int32_t* out, Accumulator sum) { vst1q_s32(out, sum); }
};

struct Read {
  using Word = uint64x2_t;
  static constexpr size_t kWordBytes = 16;
  static Word word(const uint8_t* p) { return vreinterpretq_u64_u8(vld1q_u8(p)); }
  static Word either(Word a, Word b) { return vorrq_u64(a, b); }
  static uint64_t first(Word a) { return vgetq_lane_u64(a, 0); }
};

}  // namespace

namespace kindred {
extern const LimitKernels kLimitsNeonKernels;
constexpr LimitKernels kLimitsNeonKernels = {"neon",          float32_rounds<Float32>, per_round<Float32>(),
                                         int8_rounds<Int8>, per_round<Int8>(),       read_bytes<Read>};
}  // namespace kindred
