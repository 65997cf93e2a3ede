// Many queries: integer matrix products of the rows' codes with the queries in eight bits. Per strip each query has an integer
// limit; the few products that reach theirs are looked at one by one.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "aligned.h"
#include "certified.h"

namespace kindred {

namespace {

// Strips whose largest products set the first thresholds, and at most this part of all.
constexpr size_t kSeedStrips = 64;
constexpr size_t kSeedPart = 8;
// Codes are stored with this added.
constexpr double kCodeBias = 128;

size_t depth_of(size_t dim) { return (2 * plane_bytes(dim) + kDepth - 1) / kDepth * kDepth; }

// What one thread works with.
struct Desk {
  Desk(size_t depth, size_t columns)
      : codes(kStrip * depth, 128), limits(columns), hits(kStrip * columns), thresholds(columns) {}

  Aligned<uint8_t> codes;
  Aligned<int32_t> limits;
  std::vector<ProductHit<int32_t>> hits;
  Aligned<double> thresholds;
};

class Codes {
 public:
  explicit Codes(CertifiedSearch& search)
      : search_(search),
        corpus_(search.corpus),
        filter_(*search.corpus.filter),
        half_(plane_bytes(search.corpus.dim)),
        depth_(depth_of(search.corpus.dim)),
        blocks_((search.queries.size() + kColumns - 1) / kColumns),
        error_(search.corpus),
        queries_(encode_queries(search)),
        packed_(blocks_ * kColumns * depth_, 0),
        terms_(6 * blocks_ * kColumns, 0) {
    for (size_t q = 0; q < queries_.size(); q++) prepare(q);
    for (size_t t = 0; t < search.options.threads; t++) desks_.emplace_back(depth_, blocks_ * kColumns);
  }

  bool run() {
    seed();
    return search_.each_block(
        [&](size_t thread, const Snapshot::Block& block) { pass(desks_[thread], thread, block); });
  }

 private:
  // Packs a query's column, and the numbers that its limits are made of.
  void prepare(size_t q) {
    const EncodedQuery& query = queries_[q];
    int8_t* block = packed_.data() + q / kColumns * depth_ * kColumns;
    for (size_t j = 0; j < query.bytes.size(); j++) {
      block[j / 4 * 4 * kColumns + q % kColumns * 4 + j % 4] = query.bytes.data()[j];
    }
    const ColumnTerms terms = column_terms();
    terms.offset[q] = query.offset;
    terms.norm[q] = query.norm;
    terms.rest[q] = query.byte.rest;
    terms.reach[q] = query.norm + query.byte.rest + 2 * error_.mean_norm();
    // A query without direction has only zero products: any large factor tells their sign.
    terms.per_step[q] = query.byte.step > 0 ? 1 / query.byte.step : 1e300;
    terms.shift[q] = (kCodeBias - filter_.code_taken) * static_cast<double>(query.byte.sum);
  }

  ColumnTerms column_terms() {
    const size_t columns = blocks_ * kColumns;
    double* at = terms_.data();
    return {at, at + columns, at + 2 * columns, at + 3 * columns, at + 4 * columns, at + 5 * columns};
  }

  void join(Desk& desk, const EncodedStrip& strip) {
    filter_.join_planes(strip.chunk->high(strip.index), strip.chunk->low(strip.index), half_, depth_, desk.codes.data());
  }

  // The k-th largest of the strips' best lower bounds is reached by k rows.
  void seed() {
    const size_t k = search_.options.k;
    const std::vector<StripPlace> places =
        spread_strips(search_, std::min(std::max(kSeedStrips, 3 * k), corpus_.size / kStrip / kSeedPart));
    if (places.size() < k) return;
    const size_t columns = blocks_ * kColumns;
    std::vector<double> lowers(places.size() * columns);
    Aligned<int32_t> maxima(columns);
    for (size_t n = 0; n < places.size(); n++) {
      const EncodedStrip strip = encoded_strip(corpus_, places[n].chunk, places[n].index);
      const float* offsets = strip.chunk->offsets(strip.index);
      const double offset = static_cast<double>(*std::min_element(offsets, offsets + kStrip)) * strip.bounds().unit;
      join(desks_[0], strip);
      filter_.code_maxima(desks_[0].codes.data(), depth_, packed_.data(), blocks_, maxima.data());
      for (size_t q = 0; q < queries_.size(); q++) {
        // Never NaN, which no order has a place for.
        lowers[q * places.size() + n] = std::fmax(
            middle(strip, q, maxima.data()[q], offset) - error_.fine(strip.bounds(), queries_[q], queries_[q].byte),
            -kInfinity);
      }
    }
    for (size_t q = 0; q < queries_.size(); q++) {
      const auto first = lowers.begin() + static_cast<ptrdiff_t>(q * places.size());
      std::nth_element(first, first + static_cast<ptrdiff_t>(k - 1), first + static_cast<ptrdiff_t>(places.size()),
                       std::greater<>());
      search_.queries[q].threshold.raise(first[static_cast<ptrdiff_t>(k - 1)]);
    }
  }

  void pass(Desk& desk, size_t thread, const Snapshot::Block& block) {
    const size_t chunk = block.chunk, first_slot = chunk * corpus_.chunk_rows;
    for (size_t q = 0; q < queries_.size(); q++) desk.thresholds.data()[q] = search_.queries[q].threshold.get();
    for (size_t first = block.first; first < block.last; first += kStrip) {
      const size_t in_strip = std::min(kStrip, block.last - first);
      if (!search_.admits_any(first_slot + first, in_strip)) continue;
      const EncodedStrip strip =
          in_strip == kStrip ? encoded_strip(corpus_, chunk, first / kStrip) : EncodedStrip{nullptr, 0};
      if (strip) {
        multiply(desk, thread, strip, first_slot + first);
      } else {
        search_.offer_scored(thread, chunk, first, in_strip, 0, queries_.size());
      }
    }
  }

  void multiply(Desk& desk, size_t thread, const EncodedStrip& strip, size_t slot) {
    const Strip& bounds = strip.bounds();
    const float* offsets = strip.chunk->offsets(strip.index);
    const StripTerms terms = {
        static_cast<double>(*std::max_element(offsets, offsets + kStrip)) * bounds.unit + kFloatRoundoff * bounds.unit,
        bounds.fine,
        bounds.reach,
        bounds.reach + 2 * error_.mean_norm(),
        1 / bounds.scale,
        error_.rounding().factor(),
        error_.rounding().is_square(),
    };
    filter_.code_limits(column_terms(), desk.thresholds.data(), terms, blocks_ * kColumns, desk.limits.data());
    // Columns without a query never reach theirs.
    for (size_t q = queries_.size(); q < blocks_ * kColumns; q++) desk.limits.data()[q] = INT32_MAX;
    join(desk, strip);
    const bool last = strip.index + 1 == strip.chunk->strips();
    const NextPlanes next = {strip.chunk->high(strip.index + 1), strip.chunk->low(strip.index + 1),
                             last ? 0 : kStrip * half_};
    const size_t count = filter_.code_products(desk.codes.data(), depth_, packed_.data(), blocks_, desk.limits.data(),
                                               next, desk.hits.data());
    for (size_t h = 0; h < count; h++) {
      const ProductHit<int32_t>& hit = desk.hits[h];
      if (!search_.admits(slot + hit.row)) continue;
      const double offset = static_cast<double>(offsets[hit.row]) * bounds.unit;
      search_.offer(thread, hit.column, slot + hit.row, middle(strip, hit.column, hit.product, offset),
                    error_.fine(bounds, queries_[hit.column], queries_[hit.column].byte));
      desk.thresholds.data()[hit.column] = search_.queries[hit.column].threshold.get();
    }
  }

  double middle(const EncodedStrip& strip, size_t q, int32_t product, double offset) const {
    const EncodedQuery& query = queries_[q];
    const double sum =
        static_cast<double>(product) - (kCodeBias - filter_.code_taken) * static_cast<double>(query.byte.sum);
    return strip.bounds().scale * query.byte.step * sum + offset + query.offset;
  }

  CertifiedSearch& search_;
  const Snapshot& corpus_;
  const Filter& filter_;
  const size_t half_, depth_, blocks_;
  const StripError error_;
  const std::vector<EncodedQuery> queries_;
  Aligned<int8_t> packed_;
  Aligned<double> terms_;
  std::deque<Desk> desks_;
};

}  // namespace

bool code_pass(CertifiedSearch& search) { return Codes(search).run(); }

}  // namespace kindred
