// Limits of what every CPU of this architecture has: what a compiler makes of plain loops.
#include <cstddef>
#include <cstdint>

#include "limits-inl.h"

namespace {

struct Float32 {
  struct Four {
    float lane[4];
  };
  using Operand = Four;
  using Accumulator = Four;
  static constexpr size_t kTileA = 5, kProducts = 4;
  static Operand load(const Operands& o, size_t n) {
    const float* p = o.floats + 4 * n;
    return {{p[0], p[1], p[2], p[3]}};
  }
  static Accumulator zero() { return {}; }
  static Accumulator multiply_add(const Operand& a, const Operand& b, Accumulator sum) {
    for (size_t i = 0; i < 4; i++) sum.lane[i] += a.lane[i] * b.lane[i];
    return sum;
  }
  static Accumulator add(Accumulator a, const Accumulator& b) {
    for (size_t i = 0; i < 4; i++) a.lane[i] += b.lane[i];
    return a;
  }
  static void store(float* out, const Accumulator& sum) {
    for (size_t i = 0; i < 4; i++) out[i] = sum.lane[i];
  }
};

struct Read {
  using Word = uint64_t;
  static constexpr size_t kWordBytes = 8;
  static Word word(const uint8_t* p) { return *reinterpret_cast<const uint64_t*>(p); }
  static Word both(Word a, Word b) { return a | b; }
  static uint64_t first(Word a) { return a; }
};

}  // namespace

namespace kindred {
extern const LimitKernels kLimitsScalarKernels;
constexpr LimitKernels kLimitsScalarKernels = {"scalar", float32_rounds<Float32>, per_round<Float32>(),
                                           nullptr,  0,                       read_bytes<Read>};
}  // namespace kindred
