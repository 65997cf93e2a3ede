// Scores from sums. Compiled with baseline flags: these few operations are the same on every CPU.
#include "order/score.h"

#include <cmath>

namespace kindred {

namespace {

// Written so that NaN passes through.
inline double clamp(double cosine) {
  cosine = cosine > 1.0 ? 1.0 : cosine;
  return cosine < -1.0 ? -1.0 : cosine;
}

}  // namespace

double cosine_of(double dot, double norm_a, double norm_b) {
  const double norms = norm_a * norm_b;
  return norms == 0.0 ? 0.0 : clamp(dot / norms);
}

void finish_scores(Metric metric, double query_norm, const double* norms, size_t count, double* sums) {
  switch (metric) {
    case Metric::kDot:
      return;
    case Metric::kCosine:
      for (size_t i = 0; i < count; i++) {
        const double product = query_norm * norms[i];
        const bool is_zero = product == 0.0;
        // Divided either way, so that the loop needs no branch.
        const double cosine = clamp(sums[i] / (is_zero ? 1.0 : product));
        sums[i] = is_zero ? 0.0 : cosine;
      }
      return;
    case Metric::kEuclidean:
      // 0 - x, not -x: equal vectors score +0.
      for (size_t i = 0; i < count; i++) sums[i] = 0.0 - std::sqrt(sums[i]);
      return;
  }
}

}  // namespace kindred
