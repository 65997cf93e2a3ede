// The level that runs everywhere: one float64 per register, no instruction beyond the platform's baseline.
#include <cstddef>

#include "isa/generic/widen-inl.h"

namespace {

using F64 = double;
constexpr size_t kWidth = 1;
constexpr size_t kTileRows = 4;
constexpr size_t kTileVectors = 4;

inline F64 zero() { return 0.0; }
template <class T>
inline F64 load(const T* p) {
  return widen(*p);
}
// kWidth is 1, so there are no partial loads.
template <class T>
inline F64 load_first(const T*, size_t) {
  return 0.0;
}
inline F64 broadcast(const double* p) { return *p; }
inline void store(double* p, F64 v) { *p = v; }
inline void store_floats(float* p, F64 v) { *p = static_cast<float>(v); }
inline F64 add(F64 a, F64 b) { return a + b; }
inline F64 sub(F64 a, F64 b) { return a - b; }
inline F64 mul(F64 a, F64 b) { return a * b; }
inline F64 mul_add(F64 a, F64 b, F64 sum) { return a * b + sum; }

inline double fold(const F64 (&lane)[16]) {
  double l[8];
  for (size_t j = 0; j < 8; j++) l[j] = lane[j] + lane[j + 8];
  for (size_t j = 0; j < 4; j++) l[j] += l[j + 4];
  return (l[0] + l[2]) + (l[1] + l[3]);
}

}  // namespace

#include "isa/generic/kernels-inl.h"

namespace kindred {
extern const Kernels kScalarKernels;
constexpr Kernels kScalarKernels = make_kernels();
}  // namespace kindred
