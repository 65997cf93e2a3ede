// What this machine can do at best: the limits that benchmarks relate their times to. Nothing else uses it.
#pragma once
#include <cstddef>
#include <cstdint>

namespace kindred {

// Loops of one instruction set that do nothing but what they count. A missing one is null.
struct LimitKernels {
  const char* name;
  // `rounds` register tiles of float32 multiply-adds whose operands stay in the first cache.
  void (*float32)(size_t rounds, float* sums);
  size_t float32_per_round;
  // The same of int8, unsigned times signed, added in int32.
  void (*int8)(size_t rounds, int32_t* sums);
  size_t int8_per_round;
  // Reads every byte (a multiple of 512, aligned to 64) once.
  uint64_t (*read)(const uint8_t* data, size_t bytes);
};

// Room that `sums` must have, and steps whose operands make up a round.
constexpr size_t kLimitSums = 256;
constexpr size_t kLimitSteps = 32;

}  // namespace kindred
