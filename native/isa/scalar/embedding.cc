// The level that runs everywhere, for the training of embeddings: one float32 per register.
#include <cmath>
#include <cstddef>

namespace {

using F32 = float;
constexpr size_t kWidth = 1;
constexpr size_t kRowsAtOnce = 1;

inline F32 zero() { return 0.0f; }
inline F32 load(const float* p) { return *p; }
inline F32 broadcast(float x) { return x; }
inline void store(float* p, F32 v) { *p = v; }
inline F32 add(F32 a, F32 b) { return a + b; }
inline F32 sub(F32 a, F32 b) { return a - b; }
inline F32 mul(F32 a, F32 b) { return a * b; }
inline F32 divide(F32 a, F32 b) { return a / b; }
inline F32 square_root(F32 a) { return std::sqrt(a); }

inline float fold(const F32 (&lane)[16]) {
  float l[8];
  for (size_t j = 0; j < 8; j++) l[j] = lane[j] + lane[j + 8];
  for (size_t j = 0; j < 4; j++) l[j] += l[j + 4];
  return (l[0] + l[2]) + (l[1] + l[3]);
}

}  // namespace

#include "isa/generic/embedding-inl.h"

namespace kindred {
extern const EmbeddingKernels kScalarEmbeddingKernels;
constexpr EmbeddingKernels kScalarEmbeddingKernels = {skip_gram, glove};
}  // namespace kindred
