// Signs of several numbers at once.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace kindred {

// Whether any of them is below 0. Without a branch or a comparison, so that compilers do it a register at a time.
template <size_t count>
inline bool any_negative(const double (&numbers)[count]) {
  uint64_t bits = 0;
  for (size_t i = 0; i < count; i++) {
    uint64_t each;
    std::memcpy(&each, numbers + i, sizeof each);
    bits |= each;
  }
  return bits >> 63 != 0;
}

}  // namespace kindred
