// Queries packed as columns, and the numbers that limits are made of.
#include "search/passes/code_columns.h"

#include <algorithm>

namespace kindred {

namespace {

// What is taken from a code to make it q, in steps of its stage: q = code - 128, q' = 16 (nibble - 120.5 / 16).
constexpr double kFineBias = 128, kCoarseBias = 120.5 / 16;

}  // namespace

CodeColumns::CodeColumns(const CertifiedSearch& search, const std::vector<EncodedQuery>& queries)
    : filter_(*search.corpus.filter),
      half_(plane_bytes(search.corpus.dim)),
      depth_((2 * half_ + kDepth - 1) / kDepth * kDepth),
      blocks_((search.queries.size() + kColumns - 1) / kColumns),
      error_(search.corpus),
      queries_(queries),
      packed_(columns() * depth_, 0),
      term_values_(7 * columns(), 0) {
  double* at = term_values_.data();
  const size_t n = columns();
  fine_terms_ = {at, at + n, at + 2 * n, at + 3 * n, at + 4 * n, at + 5 * n};
  coarse_terms_ = fine_terms_;
  coarse_terms_.shift = at + 6 * n;
  for (size_t q = 0; q < queries_.size(); q++) pack(q);
}

void CodeColumns::pack(size_t q) {
  const EncodedQuery& query = queries_[q];
  int8_t* block = packed_.data() + q / kColumns * depth_ * kColumns;
  for (size_t j = 0; j < query.bytes.size(); j++) {
    block[j / 4 * 4 * kColumns + q % kColumns * 4 + j % 4] = query.bytes.data()[j];
  }
  fine_terms_.offset[q] = query.offset;
  fine_terms_.norm[q] = query.norm;
  fine_terms_.rest[q] = query.byte.rest;
  fine_terms_.reach[q] = query.norm + query.byte.rest + 2 * error_.mean_norm();
  // A query without direction has only zero products: any large factor tells their sign.
  fine_terms_.per_step[q] = query.byte.step > 0 ? 1 / query.byte.step : 1e300;
  least_per_step_ = std::min(least_per_step_, fine_terms_.per_step[q]);
  fine_terms_.shift[q] = (kFineBias - filter_.code_taken) * static_cast<double>(query.byte.sum);
  coarse_terms_.shift[q] = kCoarseBias * static_cast<double>(query.byte.sum);
}

void CodeColumns::read(Stage stage, const EncodedStrip& strip, uint8_t* codes) const {
  const uint8_t* high = strip.chunk->high(strip.index);
  if (stage == Stage::kCoarse) {
    filter_.spread_plane(high, half_, depth_, codes);
  } else {
    filter_.join_planes(high, strip.chunk->low(strip.index), half_, depth_, codes);
  }
}

StripTerms CodeColumns::strip_terms(Stage stage, const EncodedStrip& strip) const {
  const bool is_coarse = stage == Stage::kCoarse;
  const Strip& bounds = strip.bounds();
  const float* offsets = strip.chunk->offsets(strip.index);
  const double decoded = is_coarse ? sum_bound(bounds.reach, bounds.coarse) : bounds.reach;
  return {
      static_cast<double>(*std::max_element(offsets, offsets + kStrip)) * bounds.unit + kFloatRoundoff * bounds.unit,
      kFloatRoundoff * bounds.unit,
      is_coarse ? bounds.coarse : bounds.fine,
      decoded,
      decoded + 2 * error_.mean_norm(),
      1 / scale(stage, strip),
      error_.rounding().factor(),
      error_.rounding().is_square(),
  };
}

void CodeColumns::row_limits(Stage stage, const EncodedStrip& strip, int32_t* limits) const {
  const float* offsets = strip.chunk->offsets(strip.index);
  const double most = static_cast<double>(*std::max_element(offsets, offsets + kStrip));
  const double times = strip.bounds().unit * (least_per_step_ / scale(stage, strip)) * (1 - 8 * kRoundoff);
  for (size_t r = 0; r < kStrip; r++) {
    const double more = (most - static_cast<double>(offsets[r])) * times;
    // Not a number where a product overflowed: then nothing more is asked for.
    limits[r] = more > 0 ? static_cast<int32_t>(std::min<double>(more, kLimit / 2)) : 0;
  }
}

void CodeColumns::uppers(Stage stage, const EncodedStrip& strip, const int32_t* maxima, double* uppers) const {
  const StripTerms of = strip_terms(stage, strip);
  const ColumnTerms& terms = this->terms(stage);
  const double factor = scale(stage, strip);
  for (size_t q = 0; q < queries_.size(); q++) {
    const double both = of.reach + terms.reach[q];
    const double rounding = of.rounding * (of.is_square ? both * both : of.reach * terms.reach[q]);
    const double error = of.lost * terms.norm[q] + of.decoded * terms.rest[q] + of.unit_rounding + rounding;
    const double sum = static_cast<double>(maxima[q]) - terms.shift[q];
    uppers[q] = factor * step(q) * sum + (of.offset - of.unit_rounding) + terms.offset[q] + error;
  }
}

NextPlanes CodeColumns::planes(Stage stage, const EncodedStrip& strip) const {
  if (!strip || strip.index >= strip.chunk->strips()) return {nullptr, nullptr, 0};
  const uint8_t* high = strip.chunk->high(strip.index);
  const size_t bytes = kStrip * half_;
  if (stage == Stage::kCoarse) return {high, high + bytes / 2, bytes / 2};
  return {high, strip.chunk->low(strip.index), bytes};
}

}  // namespace kindred
