// The loops behind limits.h, once for all instruction sets. V says what an operand is and how a step is done: vectors-inl.h does for
// the vectors of a set. A tile has kTileA x 2 sums, as in a matrix product: enough in flight that throughput counts, not latency.
#pragma once
#include "limits.h"

namespace {

using kindred::kLimitSteps;

// Operands that no compiler can see through: filled when first used, not known when compiled.
struct Operands {
  alignas(64) uint8_t bytes[kLimitSteps * 2 * 64];
  alignas(64) float floats[kLimitSteps * 2 * 16];
};

inline void fill(Operands& operands) {
  for (size_t i = 0; i < sizeof operands.bytes; i++) operands.bytes[i] = static_cast<uint8_t>(i % 7);
  for (size_t i = 0; i < sizeof operands.floats / sizeof(float); i++) operands.floats[i] = 1e-3f * static_cast<float>(i % 7);
}

template <class V, class Sum>
void tile_rounds(const V&, size_t rounds, Sum* out) {
  Operands operands;
  fill(operands);
  typename V::Operand a[V::kTileA];
  typename V::Accumulator sums[V::kTileA][2];
  for (size_t i = 0; i < V::kTileA; i++) {
    a[i] = V::load(operands, i % kLimitSteps);
    sums[i][0] = sums[i][1] = V::zero();
  }
  for (size_t round = 0; round < rounds; round++) {
    for (size_t step = 0; step < kLimitSteps; step++) {
      const typename V::Operand b0 = V::load(operands, 2 * step), b1 = V::load(operands, 2 * step + 1);
      for (size_t i = 0; i < V::kTileA; i++) {
        sums[i][0] = V::multiply_add(a[i], b0, sums[i][0]);
        sums[i][1] = V::multiply_add(a[i], b1, sums[i][1]);
      }
    }
  }
  for (size_t i = 0; i < V::kTileA; i++) {
    sums[i][0] = V::add(sums[i][0], sums[i][1]);
    if (i > 0) sums[0][0] = V::add(sums[0][0], sums[i][0]);
  }
  V::store(out, sums[0][0]);
}

template <class V>
uint64_t read_all(const V&, const uint8_t* data, size_t bytes) {
  typename V::Word sums[8];
  for (size_t i = 0; i < 8; i++) sums[i] = V::word(data + i * V::kWordBytes);
  for (size_t at = 8 * V::kWordBytes; at < bytes; at += 8 * V::kWordBytes) {
    for (size_t i = 0; i < 8; i++) sums[i] = V::both(sums[i], V::word(data + at + i * V::kWordBytes));
  }
  for (size_t i = 1; i < 8; i++) sums[0] = V::both(sums[0], sums[i]);
  return V::first(sums[0]);
}

template <class V>
void float32_rounds(size_t rounds, float* sums) {
  tile_rounds(V{}, rounds, sums);
}
template <class V>
void int8_rounds(size_t rounds, int32_t* sums) {
  tile_rounds(V{}, rounds, sums);
}
template <class V>
uint64_t read_bytes(const uint8_t* data, size_t bytes) {
  return read_all(V{}, data, bytes);
}

// Multiply-adds in a round.
template <class V>
constexpr size_t per_round() {
  return kLimitSteps * V::kTileA * 2 * V::kProducts;
}

}  // namespace
