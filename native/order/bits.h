// Which of several things something holds for, as bits of a number.
#pragma once
#include <cstddef>
#include <cstdint>

namespace kindred {

// Calls work(n) for every bit n that is set, the lowest first.
template <class Work>
inline void each_bit(uint32_t bits, Work work) {
#if defined(__GNUC__)
  for (; bits != 0; bits &= bits - 1) work(static_cast<size_t>(__builtin_ctz(bits)));
#else
  for (size_t n = 0; bits != 0; n++, bits >>= 1) {
    if (bits & 1u) work(n);
  }
#endif
}

}  // namespace kindred
