// How the elements of a row are stored.
#pragma once
#include <cstddef>
#include <cstdint>

namespace kindred {

// The numbers index CanonicalKernels::by_dtype.
enum class Dtype { kFloat32, kFloat64, kFloat16, kBFloat16, kInt8 };
constexpr size_t kDtypes = 5;

// IEEE 754 binary16, and the upper half of a binary32. Types of their own, so that overloads tell them apart.
struct Float16 {
  uint16_t bits;
};
struct BFloat16 {
  uint16_t bits;
};

constexpr size_t element_bytes(Dtype dtype) {
  switch (dtype) {
    case Dtype::kFloat64:
      return 8;
    case Dtype::kFloat16:
    case Dtype::kBFloat16:
      return 2;
    case Dtype::kInt8:
      return 1;
    default:
      return 4;
  }
}

}  // namespace kindred
