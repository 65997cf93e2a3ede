// Estimates from dots, step by step as docs/exactness.md has them.
#include "plane_queries.h"

#include <algorithm>

namespace kindred {

namespace {

std::vector<PlaneGroup> make_groups(const std::vector<EncodedQuery>& queries) {
  std::vector<PlaneGroup> groups;
  for (size_t first = 0; first < queries.size(); first += kMostVectors) {
    const size_t count = std::min(kMostVectors, queries.size() - first), bytes = queries[first].bytes.size();
    size_t vectors = 1;
    while (vectors < count) vectors *= 2;
    PlaneGroup group = {first, count, vectors, Aligned<int8_t>(vectors * bytes, 0)};
    for (size_t v = 0; v < count; v++) std::copy_n(queries[first + v].bytes.data(), bytes, group.bytes.data() + v * bytes);
    groups.push_back(std::move(group));
  }
  return groups;
}

// The sum of q * z from the planes' sums with the high and the low bytes of z.
int64_t joined(const EncodedQuery& query, int64_t high_high, int64_t high_low, int64_t low_high, int64_t low_low) {
  return 256 * (16 * high_high + low_high) + 16 * high_low + low_low - 128 * query.word.sum;
}

}  // namespace

PlaneQueries::PlaneQueries(CertifiedSearch& search, const std::vector<EncodedQuery>& queries)
    : search_(search),
      corpus_(search.corpus),
      filter_(*search.corpus.filter),
      half_(plane_bytes(search.corpus.dim)),
      error_(search.corpus),
      queries_(queries),
      groups_(make_groups(queries)) {}

double PlaneQueries::upper(const EncodedStrip& strip, size_t q, const int32_t* dots, const PlaneEstimate& estimate) const {
  constexpr size_t kLanes = 4;  // so that it vectorizes
  const float* offsets = strip.chunk->offsets(strip.index);
  const double unit = strip.bounds().unit;
  double most[kLanes] = {-kInfinity, -kInfinity, -kInfinity, -kInfinity};
  for (size_t r = 0; r < kStrip; r += kLanes) {
    for (size_t lane = 0; lane < kLanes; lane++) {
      const double sum = static_cast<double>(estimate.times * dots[r + lane] + estimate.base);
      const double middle = estimate.scale * sum + static_cast<double>(offsets[r + lane]) * unit;
      most[lane] = middle > most[lane] ? middle : most[lane];
    }
  }
  return std::max(std::max(most[0], most[1]), std::max(most[2], most[3])) + queries_[q].offset + estimate.error;
}

double PlaneQueries::all_bits(const EncodedStrip& strip, size_t q, double* middles) const {
  const EncodedQuery& query = queries_[q];
  int32_t high[2 * kStrip], low[2 * kStrip];
  filter_.strip_dots(strip.chunk->high(strip.index), half_, query.words.data(), 2, 0, high);
  filter_.strip_dots(strip.chunk->low(strip.index), half_, query.words.data(), 2, 0, low);
  for (size_t r = 0; r < kStrip; r++) {
    middles[r] = middle(strip, query, r, joined(query, high[r], high[kStrip + r], low[r], low[kStrip + r]));
  }
  return error_.fine(strip.bounds(), query, query.word);
}

void PlaneQueries::offer(size_t thread, size_t q, size_t slot) const {
  const EncodedQuery& query = queries_[q];
  const size_t in_chunk = slot % corpus_.chunk_rows, r = in_chunk % kStrip;
  const EncodedStrip strip = encoded_strip(corpus_, slot / corpus_.chunk_rows, in_chunk / kStrip);
  int32_t high[2], low[2];
  filter_.row_dots(strip.chunk->high(strip.index) + r * half_, half_, query.words.data(), high);
  filter_.row_dots(strip.chunk->low(strip.index) + r * half_, half_, query.words.data(), low);
  search_.offer(thread, q, slot, middle(strip, query, r, joined(query, high[0], high[1], low[0], low[1])),
                error_.fine(strip.bounds(), query, query.word));
}

}  // namespace kindred
