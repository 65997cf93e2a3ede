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

// Calls use(element) with an element of the class that stores a dtype, and returns what it returns.
template <class Use>
constexpr auto with_element(Dtype dtype, Use use) {
  switch (dtype) {
    case Dtype::kFloat64:
      return use(double());
    case Dtype::kFloat16:
      return use(Float16());
    case Dtype::kBFloat16:
      return use(BFloat16());
    case Dtype::kInt8:
      return use(int8_t());
    default:
      return use(float());
  }
}

constexpr size_t element_bytes(Dtype dtype) {
  return with_element(dtype, [](auto element) { return sizeof element; });
}

}  // namespace kindred
