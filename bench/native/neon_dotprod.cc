// Limits of NEON's integer dot product.
#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

#include "limits-inl.h"

namespace {

struct Int8 {
  using Operand = int8x16_t;
  using Accumulator = int32x4_t;
  static constexpr size_t kTileA = 8, kProducts = 16;
  static Operand load(const Operands& o, size_t n) { return vreinterpretq_s8_u8(vld1q_u8(o.bytes + 16 * n)); }
  static Accumulator zero() { return vdupq_n_s32(0); }
  static Accumulator multiply_add(Operand a, Operand b, Accumulator sum) { return vdotq_s32(sum, a, b); }
  static Accumulator add(Accumulator a, Accumulator b) { return vaddq_s32(a, b); }
  static void store(int32_t* out, Accumulator sum) { vst1q_s32(out, sum); }
};

}  // namespace

namespace kindred {
extern const LimitKernels kLimitsNeonDotprodKernels;
constexpr LimitKernels kLimitsNeonDotprodKernels = {"neon-dotprod", nullptr, 0, int8_rounds<Int8>, per_round<Int8>(), nullptr};
}  // namespace kindred
