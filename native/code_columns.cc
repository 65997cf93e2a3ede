// Queries packed as columns, and the numbers that limits are made of.
#include "code_columns.h"

#include <algorithm>

namespace kindred {

namespace {

// Codes are stored with this added.
constexpr double kCodeBias = 128;

}  // namespace

CodeColumns::CodeColumns(const CertifiedSearch& search)
    : filter_(*search.corpus.filter),
      half_(plane_bytes(search.corpus.dim)),
      depth_((2 * half_ + kDepth - 1) / kDepth * kDepth),
      blocks_((search.queries.size() + kColumns - 1) / kColumns),
      error_(search.corpus),
      queries_(encode_queries(search)),
      packed_(columns() * depth_, 0),
      term_values_(6 * columns(), 0) {
  double* at = term_values_.data();
  const size_t n = columns();
  terms_ = {at, at + n, at + 2 * n, at + 3 * n, at + 4 * n, at + 5 * n};
  for (size_t q = 0; q < queries_.size(); q++) pack(q);
}

void CodeColumns::pack(size_t q) {
  const EncodedQuery& query = queries_[q];
  int8_t* block = packed_.data() + q / kColumns * depth_ * kColumns;
  for (size_t j = 0; j < query.bytes.size(); j++) {
    block[j / 4 * 4 * kColumns + q % kColumns * 4 + j % 4] = query.bytes.data()[j];
  }
  terms_.offset[q] = query.offset;
  terms_.norm[q] = query.norm;
  terms_.rest[q] = query.byte.rest;
  terms_.reach[q] = query.norm + query.byte.rest + 2 * error_.mean_norm();
  // A query without direction has only zero products: any large factor tells their sign.
  terms_.per_step[q] = query.byte.step > 0 ? 1 / query.byte.step : 1e300;
  least_per_step_ = std::min(least_per_step_, terms_.per_step[q]);
  terms_.shift[q] = (kCodeBias - filter_.code_taken) * static_cast<double>(query.byte.sum);
}

void CodeColumns::join(const EncodedStrip& strip, uint8_t* codes) const {
  filter_.join_planes(strip.chunk->high(strip.index), strip.chunk->low(strip.index), half_, depth_, codes);
}

StripTerms CodeColumns::strip_terms(const EncodedStrip& strip) const {
  const Strip& bounds = strip.bounds();
  const float* offsets = strip.chunk->offsets(strip.index);
  return {
      static_cast<double>(*std::max_element(offsets, offsets + kStrip)) * bounds.unit + kFloatRoundoff * bounds.unit,
      kFloatRoundoff * bounds.unit,
      bounds.fine,
      bounds.reach,
      bounds.reach + 2 * error_.mean_norm(),
      1 / bounds.scale,
      error_.rounding().factor(),
      error_.rounding().is_square(),
  };
}

void CodeColumns::row_limits(const EncodedStrip& strip, int32_t* limits) const {
  const float* offsets = strip.chunk->offsets(strip.index);
  const double most = static_cast<double>(*std::max_element(offsets, offsets + kStrip));
  const double times = strip.bounds().unit * (least_per_step_ / strip.bounds().scale) * (1 - 8 * kRoundoff);
  for (size_t r = 0; r < kStrip; r++) {
    const double more = (most - static_cast<double>(offsets[r])) * times;
    // Not a number where a product overflowed: then nothing more is asked for.
    limits[r] = more > 0 ? static_cast<int32_t>(std::min<double>(more, kLimit / 2)) : 0;
  }
}

NextPlanes CodeColumns::planes(const EncodedStrip& strip) const {
  if (!strip || strip.index >= strip.chunk->strips()) return {nullptr, nullptr, 0};
  return {strip.chunk->high(strip.index), strip.chunk->low(strip.index), kStrip * half_};
}

}  // namespace kindred
