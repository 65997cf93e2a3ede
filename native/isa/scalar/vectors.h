// Registers of the level that runs everywhere: one element each, no instruction beyond the platform's baseline.
#pragma once
#include <cmath>
#include <cstddef>

#include "isa/generic/widen-inl.h"

namespace {

using F64 = double;
using F32 = float;
constexpr size_t kF64 = 1, kF32 = 1;

inline F64 zero_f64() { return 0; }
inline F64 splat_f64(double x) { return x; }
template <class T>
inline F64 load_f64(const T* p) {
  return widen(*p);
}
// A register has one element, so there are no partial loads.
template <class T>
inline F64 load_first_f64(const T*, size_t) {
  return 0;
}
inline void store(double* p, F64 v) { *p = v; }
inline void store_rounded(float* p, F64 v) { *p = static_cast<float>(v); }
inline F64 add(F64 a, F64 b) { return a + b; }
inline F64 sub(F64 a, F64 b) { return a - b; }
inline F64 mul(F64 a, F64 b) { return a * b; }
inline F64 divide(F64 a, F64 b) { return a / b; }
inline F64 larger(F64 a, F64 b) { return a > b ? a : b; }
inline F64 magnitude(F64 a) { return std::fabs(a); }
inline F64 mul_add(F64 a, F64 b, F64 sum) { return a * b + sum; }

inline F32 zero_f32() { return 0; }
inline F32 splat_f32(float x) { return x; }
inline F32 load_f32(const float* p) { return *p; }
inline void store(float* p, F32 v) { *p = v; }
inline F32 add(F32 a, F32 b) { return a + b; }
inline F32 sub(F32 a, F32 b) { return a - b; }
inline F32 mul(F32 a, F32 b) { return a * b; }
inline F32 divide(F32 a, F32 b) { return a / b; }
inline F32 square_root(F32 a) { return std::sqrt(a); }

template <class T>
inline T fold(const T (&lane)[16]) {
  T l[8];
  for (size_t j = 0; j < 8; j++) l[j] = lane[j] + lane[j + 8];
  for (size_t j = 0; j < 4; j++) l[j] += l[j + 4];
  return (l[0] + l[2]) + (l[1] + l[3]);
}

// Tiles that a compiler may still make registers of.
constexpr size_t kCanonicalTileRows = 4, kCanonicalTileParts = 4;
constexpr size_t kAlsRows = 1, kGramRows = 1, kStretch = 1;
constexpr size_t kEmbeddingRows = 1;
constexpr size_t kLinearTileRows = 4, kLinearTileParts = 4, kSumParts = 8;

}  // namespace
