// From canonical sums to scores: the clamp, the zero norm and the sign of a distance in one place.
#pragma once
#include <cstddef>

namespace kindred {

enum class Metric { kCosine, kDot, kEuclidean };

// What canonical sums add up. The numbers index RowKernels::sums.
enum class Sum { kProducts, kSquaredDifferences };
constexpr size_t kSumKinds = 2;

// What a score is made of.
constexpr Sum sum_of(Metric metric) { return metric == Metric::kEuclidean ? Sum::kSquaredDifferences : Sum::kProducts; }
constexpr bool reads_norms(Metric metric) { return metric == Metric::kCosine; }

// Whether docs/internals/exactness.md bounds scores of this metric. Where it does not, a search scores every row.
constexpr bool has_bounds(Metric metric) {
  return metric == Metric::kCosine || metric == Metric::kDot || metric == Metric::kEuclidean;
}

// Sums of squares inside these bounds are as precise as float64 allows (2^-900, 2^900).
constexpr double kSmallestSquares = 0x1p-900;
constexpr double kLargestSquares = 0x1p900;

// dot / (norm_a * norm_b) clamped to [-1, 1]; 0 if a norm is 0.
double cosine_of(double dot, double norm_a, double norm_b);

// Turns `count` sums of one query into scores in place. `norms` is read where `reads_norms`.
void finish_scores(Metric metric, double query_norm, const double* norms, size_t count, double* sums);

}  // namespace kindred
