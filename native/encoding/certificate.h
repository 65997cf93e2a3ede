// The bounds of docs/internals/exactness.md as code. Every constant here is derived there.
#pragma once
#include <cmath>
#include <cstddef>
#include <limits>

#include "order/score.h"

namespace kindred {

constexpr double kRoundoff = 0x1p-53;
constexpr double kFloatRoundoff = 0x1p-24;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A computed norm of `dim` differences, made a bound of the true one. Squares too small for float64 are made up for.
inline double norm_bound(double squares, size_t dim) {
  return std::sqrt(squares + 0x1p-1000) * (1 + static_cast<double>(dim + 8) * kRoundoff);
}

// The sum of two bounds, itself a bound.
inline double sum_bound(double a, double b) { return (a + b) * (1 + 2 * kRoundoff); }

// The float64 rounding of everything between a row, a query and their estimate: eta of docs/internals/exactness.md.
class Rounding {
 public:
  // `log2_block` is p of the rotation, 0 without one.
  Rounding(Metric metric, size_t dim, size_t log2_block)
      : is_square_(metric == Metric::kEuclidean),
        factor_(static_cast<double>(2 * dim + 2 * ((dim + 15) / 16) + 4 * log2_block + 83) * kRoundoff) {}

  // For a row of reach X and a query of reach Y.
  double operator()(double x, double y) const { return factor_ * (is_square_ ? (x + y) * (x + y) : x * y); }

  bool is_square() const { return is_square_; }
  double factor() const { return factor_; }

 private:
  bool is_square_;
  double factor_;
};

// A number that g(score) reaches for certain.
inline double lowered_g(Metric metric, double score) {
  if (metric != Metric::kEuclidean || !std::isfinite(score)) return score;
  return score > 0 ? kInfinity : std::nextafter(-0.5 * score * score, -kInfinity);
}

}  // namespace kindred
