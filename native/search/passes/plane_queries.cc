// Estimates from dots, step by step as docs/internals/exactness.md has them.
#include "search/passes/plane_queries.h"

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
