// Few queries: four bits of every row, then all eight of those that are left. What limits it is reading the rows, so up to
// eight queries are served by one reading.
#include <algorithm>
#include <cmath>

#include "aligned.h"
#include "certified.h"

namespace kindred {

namespace {

// Strips whose rows set the first threshold.
constexpr size_t kSeedStrips = 16;
// Rows that are refined together.
constexpr size_t kSlice = 512;

// Queries that share a reading.
struct Group {
  size_t first, count, vectors;
  Aligned<int8_t> bytes;  // of `vectors` queries, the last ones zero
};

std::vector<Group> make_groups(const std::vector<EncodedQuery>& queries) {
  std::vector<Group> groups;
  for (size_t first = 0; first < queries.size(); first += kMostVectors) {
    const size_t count = std::min(kMostVectors, queries.size() - first), bytes = queries[first].bytes.size();
    size_t vectors = 1;
    while (vectors < count) vectors *= 2;
    Group group = {first, count, vectors, Aligned<int8_t>(vectors * bytes, 0)};
    for (size_t v = 0; v < count; v++) std::copy_n(queries[first + v].bytes.data(), bytes, group.bytes.data() + v * bytes);
    groups.push_back(std::move(group));
  }
  return groups;
}

class Planes {
 public:
  explicit Planes(CertifiedSearch& search)
      : search_(search),
        corpus_(search.corpus),
        filter_(*search.corpus.filter),
        half_(plane_bytes(search.corpus.dim)),
        error_(search.corpus),
        queries_(encode_queries(search)),
        groups_(make_groups(queries_)) {}

  bool run() {
    seed();
    if (!coarse_pays(corpus_)) return search_.each_block([&](size_t thread, const Snapshot::Block& block) { pass_finely(thread, block); });
    search_.used_coarse = true;
    coarse_.resize(search_.options.threads);
    for (auto& of_thread : coarse_) of_thread.assign(queries_.size(), search_.no_candidates());
    if (!search_.each_block([&](size_t thread, const Snapshot::Block& block) { pass_coarsely(thread, block); })) return false;
    bool finished = true;
    for (size_t q = 0; q < queries_.size() && finished; q++) finished = refine(q);
    corpus_.history->coarse_left(static_cast<double>(search_.coarse_left) / static_cast<double>(queries_.size()) /
                                 static_cast<double>(corpus_.size));
    return finished;
  }

 private:
  // Makes the k-th largest lower bound of some strips the first threshold.
  void seed() {
    const size_t k = search_.options.k;
    const std::vector<StripPlace> places = spread_strips(search_, std::max(kSeedStrips, 2 * k / kStrip));
    if (places.size() * kStrip < 2 * k || places.size() * kStrip * 8 > corpus_.size) return;
    std::vector<double> lowers;
    for (size_t q = 0; q < queries_.size(); q++) {
      lowers.clear();
      for (const StripPlace& place : places) {
        const EncodedStrip strip = encoded_strip(corpus_, place.chunk, place.index);
        double middles[kStrip];
        const double error = estimate(strip, q, middles);
        // Never NaN, which no order has a place for.
        for (const double middle : middles) lowers.push_back(std::fmax(middle - error, -kInfinity));
      }
      std::nth_element(lowers.begin(), lowers.begin() + static_cast<ptrdiff_t>(k - 1), lowers.end(), std::greater<>());
      search_.queries[q].threshold.raise(lowers[k - 1]);
    }
  }

  // Calls use(strip, first slot) for the encoded strips of a block that are asked for; scores the others' rows at once.
  template <class Use>
  void each_strip(size_t thread, const Snapshot::Block& block, size_t first_query, size_t last_query, Use use) {
    const size_t chunk = block.chunk, first_slot = chunk * corpus_.chunk_rows;
    for (size_t first = block.first; first < block.last; first += kStrip) {
      const size_t in_strip = std::min(kStrip, block.last - first);
      if (!search_.admits_any(first_slot + first, in_strip)) continue;
      const EncodedStrip strip =
          in_strip == kStrip ? encoded_strip(corpus_, chunk, first / kStrip) : EncodedStrip{nullptr, 0};
      if (strip) {
        use(strip, first_slot + first);
      } else {
        search_.offer_scored(thread, chunk, first, in_strip, first_query, last_query);
      }
    }
  }

  // Eight bits of every row.
  void pass_finely(size_t thread, const Snapshot::Block& block) {
    for (const Group& group : groups_) {
      each_strip(thread, block, group.first, group.first + group.count,
                 [&](const EncodedStrip& strip, size_t slot) { sift_finely(thread, strip, group, slot); });
    }
  }

  void sift_finely(size_t thread, const EncodedStrip& strip, const Group& group, size_t slot) {
    const Strip& bounds = strip.bounds();
    int32_t dots[kMostVectors * kStrip], low[kMostVectors * kStrip];
    filter_.strip_dots(strip.chunk->high(strip.index), half_, group.bytes.data(), group.vectors, dots);
    filter_.strip_dots(strip.chunk->low(strip.index), half_, group.bytes.data(), group.vectors, low);
    for (size_t n = 0; n < group.count * kStrip; n++) dots[n] = 16 * dots[n] + low[n];
    for (size_t v = 0; v < group.count; v++) {
      const size_t q = group.first + v;
      const EncodedQuery& query = queries_[q];
      const Estimate estimate = {1, static_cast<int32_t>(-128 * query.byte.sum), bounds.scale * query.byte.step,
                                 error_.fine(bounds, query, query.byte)};
      each_reaching(strip, q, slot, dots + v * kStrip, estimate, [&](size_t row_slot, double middle) {
        search_.offer(thread, q, row_slot, middle, estimate.error);
      });
    }
  }

  // How a strip's estimates follow from its dots, and how far off they may be.
  struct Estimate {
    int32_t times, base;
    double scale, error;
  };

  // Calls use(slot, middle of the interval) for the admitted rows whose upper bound reaches the threshold.
  template <class Use>
  void each_reaching(const EncodedStrip& strip, size_t q, size_t slot, const int32_t* dots, const Estimate& estimate,
                     Use use) {
    const float* offsets = strip.chunk->offsets(strip.index);
    const double unit = strip.bounds().unit, offset = queries_[q].offset;
    const double needed = search_.queries[q].threshold.get() - offset - estimate.error;
    uint32_t reached =
        filter_.reaching(dots, estimate.times, estimate.base, offsets, estimate.scale, unit, needed);
    for (size_t r = 0; reached != 0; r++, reached >>= 1) {
      if ((reached & 1) == 0 || !search_.admits(slot + r)) continue;
      const double sum = static_cast<double>(estimate.times * dots[r] + estimate.base);
      use(slot + r, estimate.scale * sum + static_cast<double>(offsets[r]) * unit + offset);
    }
  }

  // Four bits of every row. What is left is refined once all rows were seen, when thresholds are high.
  void pass_coarsely(size_t thread, const Snapshot::Block& block) {
    for (const Group& group : groups_) {
      each_strip(thread, block, group.first, group.first + group.count,
                 [&](const EncodedStrip& strip, size_t slot) { sift(thread, strip, group, slot); });
    }
  }

  void sift(size_t thread, const EncodedStrip& strip, const Group& group, size_t slot) {
    const Strip& bounds = strip.bounds();
    int32_t dots[kMostVectors * kStrip];
    filter_.strip_dots(strip.chunk->high(strip.index), half_, group.bytes.data(), group.vectors, dots);
    for (size_t v = 0; v < group.count; v++) {
      const size_t q = group.first + v;
      const EncodedQuery& query = queries_[q];
      // 16 h - 120.5 = (32 h - 241) / 2.
      const Estimate estimate = {32, static_cast<int32_t>(-241 * query.byte.sum), 0.5 * bounds.scale * query.byte.step,
                                 error_.coarse(bounds, query, query.byte)};
      each_reaching(strip, q, slot, dots + v * kStrip, estimate, [&](size_t row_slot, double middle) {
        coarse_[thread][q].add(middle - estimate.error, middle + estimate.error, static_cast<uint32_t>(row_slot),
                               search_.queries[q].threshold);
      });
    }
  }

  // Eight bits of the rows that four left: the most promising first, since they raise the threshold.
  bool refine(size_t q) {
    std::vector<Candidate> left;
    const Threshold& threshold = search_.queries[q].threshold;
    for (const auto& of_thread : coarse_) {
      for (const Candidate& each : of_thread[q].list()) {
        if (each.upper >= threshold.get()) left.push_back(each);
      }
    }
    search_.coarse_left += left.size();
    const size_t promising = std::min(left.size(), 2 * search_.options.k + 16);
    std::nth_element(left.begin(), left.begin() + static_cast<ptrdiff_t>(promising), left.end(),
                     [](const Candidate& a, const Candidate& b) { return a.upper > b.upper; });
    for (size_t n = 0; n < promising; n++) offer_row(0, q, left[n].slot);
    std::sort(left.begin() + static_cast<ptrdiff_t>(promising), left.end(),
              [](const Candidate& a, const Candidate& b) { return a.slot < b.slot; });
    return search_.each_slice(left.size() - promising, kSlice, [&](size_t thread, size_t first, size_t last) {
      for (size_t n = promising + first; n < promising + last; n++) {
        if (left[n].upper >= threshold.get()) offer_row(thread, q, left[n].slot);
      }
    });
  }

  // All eight bits of one row.
  void offer_row(size_t thread, size_t q, size_t slot) {
    const EncodedQuery& query = queries_[q];
    const size_t in_chunk = slot % corpus_.chunk_rows, r = in_chunk % kStrip;
    const EncodedStrip strip = encoded_strip(corpus_, slot / corpus_.chunk_rows, in_chunk / kStrip);
    int32_t high[2], low[2];
    filter_.row_dots(strip.chunk->high(strip.index) + r * half_, half_, query.words.data(), high);
    filter_.row_dots(strip.chunk->low(strip.index) + r * half_, half_, query.words.data(), low);
    search_.offer(thread, q, slot,
                  middle(strip, query, r, joined(query, high[0], high[1], low[0], low[1])),
                  error_.fine(strip.bounds(), query, query.word));
  }

  // Estimates of a strip's rows by all eight bits; returns how far off they may be.
  double estimate(const EncodedStrip& strip, size_t q, double* middles) {
    const EncodedQuery& query = queries_[q];
    int32_t high[2 * kStrip], low[2 * kStrip];
    filter_.strip_dots(strip.chunk->high(strip.index), half_, query.words.data(), 2, high);
    filter_.strip_dots(strip.chunk->low(strip.index), half_, query.words.data(), 2, low);
    for (size_t r = 0; r < kStrip; r++) {
      middles[r] = middle(strip, query, r, joined(query, high[r], high[kStrip + r], low[r], low[kStrip + r]));
    }
    return error_.fine(strip.bounds(), query, query.word);
  }

  // The sum of q * z from the planes' sums with the high and the low bytes of z.
  static int64_t joined(const EncodedQuery& query, int64_t high_high, int64_t high_low, int64_t low_high,
                        int64_t low_low) {
    return 256 * (16 * high_high + low_high) + 16 * high_low + low_low - 128 * query.word.sum;
  }

  double middle(const EncodedStrip& strip, const EncodedQuery& query, size_t r, int64_t sum) const {
    const Strip& bounds = strip.bounds();
    return bounds.scale * query.word.step * static_cast<double>(sum) +
           static_cast<double>(strip.chunk->offsets(strip.index)[r]) * bounds.unit + query.offset;
  }

  CertifiedSearch& search_;
  const Snapshot& corpus_;
  const Filter& filter_;
  const size_t half_;
  const StripError error_;
  const std::vector<EncodedQuery> queries_;
  const std::vector<Group> groups_;
  std::vector<std::vector<Candidates>> coarse_;  // [thread][query]
};

}  // namespace

bool coarse_pays(const Snapshot& corpus) { return corpus.history->expects_coarse_to_pay(); }

bool plane_pass(CertifiedSearch& search) { return Planes(search).run(); }

}  // namespace kindred
