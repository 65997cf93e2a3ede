// Many queries: integer matrix products of the rows' codes with the queries in eight bits. Per strip each query has an integer
// limit; the few products that reach theirs are looked at one by one.
#include <algorithm>
#include <cmath>

#include "machine/aligned.h"
#include "search/certified.h"
#include "search/passes/code_columns.h"

namespace kindred {

namespace {

// Strips whose largest products set the first thresholds, and at most this part of all.
constexpr size_t kSeedStrips = 64;
constexpr size_t kSeedPart = 8;

// Hits that are looked at this much later.
constexpr size_t kHitsAhead = 8;

// What one thread works with.
struct CodeScratch {
  CodeScratch(size_t depth, size_t columns)
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
        queries_(encode_queries(search, QueryBits::kForCodes)),
        columns_(search, queries_) {
    for (size_t t = 0; t < search.options.threads; t++) scratch_.emplace_back(columns_.depth(), columns_.columns());
  }

  bool run() {
    seed();
    return search_.each_block(
        [&](size_t thread, const Snapshot::Block& block) { pass(scratch_[thread], thread, block); });
  }

 private:
  // The k-th largest of the strips' best lower bounds is reached by k rows.
  void seed() {
    const size_t k = search_.options.k;
    const std::vector<StripPlace> places =
        spread_strips(search_, std::min(std::max(kSeedStrips, 3 * k), corpus_.size / kStrip / kSeedPart));
    if (places.size() < k) return;
    const size_t count = search_.queries.size();
    const Multiplying multiplying(filter_);
    std::vector<double> lowers(places.size() * count);
    Aligned<int32_t> maxima(columns_.columns());
    for (size_t n = 0; n < places.size(); n++) {
      const EncodedStrip strip = encoded_strip(corpus_, places[n].chunk, places[n].index);
      const float* offsets = strip.chunk->offsets(strip.index);
      const double offset = static_cast<double>(*std::min_element(offsets, offsets + kStrip)) * strip.bounds().unit;
      columns_.read(Stage::kFine, strip, scratch_[0].codes.data());
      filter_.code_maxima(columns_.product(Stage::kFine, scratch_[0].codes.data(), {nullptr, 0}), maxima.data());
      for (size_t q = 0; q < count; q++) {
        // Never NaN, which no order has a place for.
        const double middle = columns_.middle(Stage::kFine, strip, q, maxima.data()[q], offset);
        lowers[q * places.size() + n] = std::fmax(middle - columns_.error(Stage::kFine, strip, q), -kInfinity);
      }
    }
    for (size_t q = 0; q < count; q++) {
      const auto first = lowers.begin() + static_cast<ptrdiff_t>(q * places.size());
      std::nth_element(first, first + static_cast<ptrdiff_t>(k - 1), first + static_cast<ptrdiff_t>(places.size()),
                       std::greater<>());
      search_.queries[q].threshold.raise(first[static_cast<ptrdiff_t>(k - 1)]);
    }
  }

  void pass(CodeScratch& scratch, size_t thread, const Snapshot::Block& block) {
    for (size_t q = 0; q < search_.queries.size(); q++) scratch.thresholds.data()[q] = search_.queries[q].threshold.get();
    const Multiplying multiplying(filter_);
    search_.each_strip(thread, block, 0, search_.queries.size(),
                       [&](const EncodedStrip& strip, size_t slot) { multiply(scratch, thread, strip, slot); });
  }

  void multiply(CodeScratch& scratch, size_t thread, const EncodedStrip& strip, size_t slot) {
    const size_t columns = columns_.columns();
    int32_t* limits = scratch.limits.data();
    filter_.code_limits(columns_.terms(Stage::kFine), scratch.thresholds.data(), columns_.strip_terms(Stage::kFine, strip),
                        columns, limits);
    // Columns without a query never reach theirs.
    std::fill(limits + search_.queries.size(), limits + columns, kLimit);
    int32_t row_limits[kStrip];
    columns_.row_limits(Stage::kFine, strip, row_limits);
    columns_.read(Stage::kFine, strip, scratch.codes.data());
    const CodeProduct product = columns_.product(Stage::kFine, scratch.codes.data(), {strip.chunk, strip.index + 1});
    const size_t count = filter_.code_products(product, limits, row_limits, scratch.hits.data());
    const float* offsets = strip.chunk->offsets(strip.index);
    for (size_t h = 0; h < count; h++) {
      const ProductHit<int32_t>& hit = scratch.hits[h];
      // Each column's candidates lie elsewhere.
      if (h + kHitsAhead < count) search_.candidates[thread][scratch.hits[h + kHitsAhead].column].prefetch();
      if (!search_.admits(slot + hit.row)) continue;
      const double offset = static_cast<double>(offsets[hit.row]) * strip.bounds().unit;
      search_.offer(thread, hit.column, slot + hit.row,
                    columns_.middle(Stage::kFine, strip, hit.column, hit.product, offset),
                    columns_.error(Stage::kFine, strip, hit.column));
      scratch.thresholds.data()[hit.column] = search_.queries[hit.column].threshold.get();
    }
  }

  CertifiedSearch& search_;
  const Snapshot& corpus_;
  const Filter& filter_;
  const std::vector<EncodedQuery> queries_;
  const CodeColumns columns_;
  std::deque<CodeScratch> scratch_;
};

}  // namespace

bool code_pass(CertifiedSearch& search) { return Codes(search).run(); }

}  // namespace kindred
