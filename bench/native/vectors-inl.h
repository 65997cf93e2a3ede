// The loops of limits-inl.h over isa/<set>/vectors.h, which a set's file includes before this.
#pragma once
#include "limits-inl.h"

namespace {

// Multiply-adds of float32, `rows` x 2 sums at a time.
template <size_t rows>
struct Float32 {
  using Operand = F32;
  using Accumulator = F32;
  static constexpr size_t kTileA = rows, kProducts = kF32;
  static Operand load(const Operands& o, size_t n) { return load_f32(o.floats + kF32 * n); }
  static Accumulator zero() { return zero_f32(); }
  static Accumulator multiply_add(Operand a, Operand b, Accumulator sum) { return mul_add(a, b, sum); }
  static Accumulator add(Accumulator a, Accumulator b) { return ::add(a, b); }
  static void store(float* out, Accumulator sum) { ::store(out, sum); }
};

// The same of bytes, added in int32.
template <size_t rows>
struct Int8 {
  using Operand = Bytes;
  using Accumulator = Sums;
  static constexpr size_t kTileA = rows, kProducts = kBytes;
  static Operand load(const Operands& o, size_t n) { return load_bytes(o.bytes + kBytes * n); }
  static Accumulator zero() { return zero_sums(); }
  static Accumulator multiply_add(Operand a, Operand b, Accumulator sum) { return add_products(sum, a, b); }
  static Accumulator add(Accumulator a, Accumulator b) { return add_sums(a, b); }
  static void store(int32_t* out, Accumulator sum) { store_sums(out, sum); }
};

struct Read {
  using Word = Sums;
  static constexpr size_t kWordBytes = kBytes;
  static Word word(const uint8_t* p) { return load_sums(reinterpret_cast<const int32_t*>(p)); }
  static Word both(Word a, Word b) { return add_sums(a, b); }
  static uint64_t first(Word a) {
    int32_t lanes[kSums];
    store_sums(lanes, a);
    return static_cast<uint64_t>(lanes[0]);
  }
};

// The table of a set that reads memory and multiplies both; one that only adds a product of bytes to its base has byte_kernels.
template <size_t float_rows, size_t byte_rows>
constexpr kindred::LimitKernels all_kernels(const char* name) {
  return {name, float32_rounds<Float32<float_rows>>, per_round<Float32<float_rows>>(), int8_rounds<Int8<byte_rows>>,
          per_round<Int8<byte_rows>>(), read_bytes<Read>};
}
template <size_t byte_rows>
constexpr kindred::LimitKernels byte_kernels(const char* name) {
  return {name, nullptr, 0, int8_rounds<Int8<byte_rows>>, per_round<Int8<byte_rows>>(), nullptr};
}

}  // namespace
