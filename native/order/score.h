// From canonical sums to scores: the clamp, the zero vector and the sign of a distance in one place.
#pragma once
#include <cstddef>
#include <limits>

namespace kindred {

enum class Metric { kCosine, kDot, kEuclidean };

// What canonical sums add up. The numbers index RowKernels::sums.
enum class Sum { kProducts, kSquaredDifferences };
constexpr size_t kSumKinds = 2;

// What a score is made of.
constexpr Sum sum_of(Metric metric) { return metric == Metric::kEuclidean ? Sum::kSquaredDifferences : Sum::kProducts; }
constexpr bool reads_squares(Metric metric) { return metric == Metric::kCosine; }

// Whether docs/internals/exactness.md bounds scores of this metric. Where it does not, a search scores every row.
constexpr bool has_bounds(Metric metric) {
  return metric == Metric::kCosine || metric == Metric::kDot || metric == Metric::kEuclidean;
}

// No score is above it.
constexpr double highest_score(Metric metric) {
  return metric == Metric::kCosine ? 1 : metric == Metric::kEuclidean ? 0 : std::numeric_limits<double>::max();
}

// Sums of squares inside these bounds are as precise as float64 allows (2^-900, 2^900).
constexpr double kSmallestSquares = 0x1p-900;
constexpr double kLargestSquares = 0x1p900;

// dot(a,b) / sqrt(dot(a,a) * dot(b,b)) clamped to [-1, 1]; 0 if a vector is zero. Sums of squares lie in the bounds above.
double cosine_of(double dot, double squares_a, double squares_b);

// Turns `count` sums of one query into scores in place. Squares, dots of each side with itself, are read where `reads_squares`.
void finish_scores(Metric metric, double query_squares, const double* squares, size_t count, double* sums);

// The same for whoever passes over scores below `bar`: these may be left as -infinity, which saves most roots and quotients.
void finish_scores_from(double bar, Metric metric, double query_squares, const double* squares, size_t count, double* sums);

// One over a length, 0 for 0.
double inverse_length(double squares);

// `finish_scores`, each score rounded to float32. The sums are overwritten.
void finish_rounded(Metric metric, double query_squares, const double* squares, size_t count, double* sums, float* out);

}  // namespace kindred
