// Scores from sums. Compiled with baseline flags: these few operations are the same on every CPU.
#include "order/score.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "order/signs.h"

namespace kindred {

namespace {

// Scores looked at together: enough for the compiler to fill registers.
constexpr size_t kTogether = 16;

// Written so that NaN passes through.
inline double clamp(double cosine) {
  cosine = cosine > 1.0 ? 1.0 : cosine;
  return cosine < -1.0 ? -1.0 : cosine;
}

// Whether the product with any sum of squares stays where float64 rounds as if it had no bounds.
inline bool is_tame(double squares) { return squares >= 0x1p-100 && squares <= 0x1p100; }

// The root of a product in [2^-1800, 2^1800]. Where float64 ends before, powers of two bring it back, which rounds nothing.
double root_of_product(double squares_a, double squares_b) {
  const double product = squares_a * squares_b;
  if (product >= 0x1p-1000 && product <= 0x1p1000) return std::sqrt(product);
  const double scale = product < 1 ? 0x1p450 : 0x1p-450;
  return std::sqrt(squares_a * scale * (squares_b * scale)) / scale;
}

void finish_cosines(double query_squares, const double* squares, size_t count, double* sums) {
  if (!is_tame(query_squares)) {
    for (size_t i = 0; i < count; i++) sums[i] = cosine_of(sums[i], query_squares, squares[i]);
    return;
  }
  for (size_t i = 0; i < count; i++) {
    const double product = query_squares * squares[i];
    const bool is_zero = product == 0.0;
    // Divided either way, so that the loop needs no branch.
    const double cosine = clamp(sums[i] / std::sqrt(is_zero ? 1.0 : product));
    sums[i] = is_zero ? 0.0 : cosine;
  }
}

// Whether some of kTogether cosines may reach the root of `least / query_squares`.
bool may_reach(double least, const double* squares, const double* sums) {
  double lacking[kTogether];
  for (size_t i = 0; i < kTogether; i++) lacking[i] = least * squares[i] - sums[i] * std::fabs(sums[i]);
  return any_negative(lacking);
}

}  // namespace

double inverse_length(double squares) { return squares == 0.0 ? 0.0 : 1 / std::sqrt(squares); }

double cosine_of(double dot, double squares_a, double squares_b) {
  return squares_a == 0.0 || squares_b == 0.0 ? 0.0 : clamp(dot / root_of_product(squares_a, squares_b));
}

void finish_scores(Metric metric, double query_squares, const double* squares, size_t count, double* sums) {
  switch (metric) {
    case Metric::kDot:
      return;
    case Metric::kCosine:
      finish_cosines(query_squares, squares, count, sums);
      return;
    case Metric::kEuclidean:
      // 0 - x, not -x: equal vectors score +0.
      for (size_t i = 0; i < count; i++) sums[i] = 0.0 - std::sqrt(sums[i]);
      return;
  }
}

// A cosine of at least `bar` > 0 has a square of at least bar². Both sides are rounded less than 16 times, for which 2^-48 is taken off.
// With `bar` in [2^-10, 1] and the query tame neither leaves the range of float64; higher bars are reached by no cosine.
void finish_scores_from(double bar, Metric metric, double query_squares, const double* squares, size_t count, double* sums) {
  if (metric != Metric::kCosine || !(bar >= 0x1p-10) || !is_tame(query_squares)) {
    finish_scores(metric, query_squares, squares, count, sums);
    return;
  }
  const double least = std::min(bar, 1.0) * std::min(bar, 1.0) * query_squares * (1 - 0x1p-48);
  size_t done = 0;
  for (; done + kTogether <= count; done += kTogether) {
    if (may_reach(least, squares + done, sums + done)) {
      finish_cosines(query_squares, squares + done, kTogether, sums + done);
    } else {
      std::fill_n(sums + done, kTogether, -std::numeric_limits<double>::infinity());
    }
  }
  finish_cosines(query_squares, squares + done, count - done, sums + done);
}

void finish_rounded(Metric metric, double query_squares, const double* squares, size_t count, double* sums, float* out) {
  finish_scores(metric, query_squares, squares, count, sums);
  std::transform(sums, sums + count, out, [](double score) { return static_cast<float>(score); });
}

}  // namespace kindred
