// A few queries where strips cannot be told apart: four bits of every row, then all eight of those that are left. What limits it
// is reading the rows, so up to eight queries are served by one reading.
#include <algorithm>
#include <cmath>

#include "certified.h"
#include "plane_queries.h"

namespace kindred {

namespace {

// Strips whose rows set the first threshold.
constexpr size_t kSeedStrips = 16;
// Rows that are refined together.
constexpr size_t kSlice = 512;

class Planes {
 public:
  explicit Planes(CertifiedSearch& search)
      : search_(search),
        corpus_(search.corpus),
        queries_(encode_queries(search, QueryBits::kEightAndSixteen)),
        planes_(search, queries_) {}

  bool run() {
    seed();
    if (search_.options.first == FirstLook::kNone) {
      return search_.each_block([&](size_t thread, const Snapshot::Block& block) { pass_finely(thread, block); });
    }
    search_.used_coarse = true;
    coarse_.resize(search_.options.threads);
    for (auto& of_thread : coarse_) of_thread.assign(queries_.size(), search_.no_candidates());
    if (!search_.each_block([&](size_t thread, const Snapshot::Block& block) { pass_coarsely(thread, block); })) return false;
    bool finished = true;
    for (size_t q = 0; q < queries_.size() && finished; q++) finished = refine(q);
    corpus_.history->rows_left(static_cast<double>(search_.coarse_left) / static_cast<double>(queries_.size()) /
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
        double middles[kStrip];
        const double error = planes_.all_bits(encoded_strip(corpus_, place.chunk, place.index), q, middles);
        // Never NaN, which no order has a place for.
        for (const double middle : middles) lowers.push_back(std::fmax(middle - error, -kInfinity));
      }
      std::nth_element(lowers.begin(), lowers.begin() + static_cast<ptrdiff_t>(k - 1), lowers.end(), std::greater<>());
      search_.queries[q].threshold.raise(lowers[k - 1]);
    }
  }

  // Eight bits of every row.
  void pass_finely(size_t thread, const Snapshot::Block& block) {
    for (const PlaneGroup& group : planes_.groups()) {
      search_.each_strip(thread, block, group.first, group.first + group.count, [&](const EncodedStrip& strip, size_t slot) {
        int32_t dots[kMostVectors * kStrip], low[kMostVectors * kStrip];
        planes_.high_dots(strip, group, dots);
        planes_.low_dots(strip, group, low);
        for (size_t n = 0; n < group.count * kStrip; n++) dots[n] = 16 * dots[n] + low[n];
        for (size_t v = 0; v < group.count; v++) {
          const PlaneEstimate estimate = planes_.fine(strip, group.first + v);
          planes_.each_reaching(strip, group.first + v, slot, dots + v * kStrip, estimate, [&](size_t row_slot, double middle) {
            search_.offer(thread, group.first + v, row_slot, middle, estimate.error);
          });
        }
      });
    }
  }

  // Four bits of every row. What is left is refined once all rows were seen, when thresholds are high.
  void pass_coarsely(size_t thread, const Snapshot::Block& block) {
    for (const PlaneGroup& group : planes_.groups()) {
      search_.each_strip(thread, block, group.first, group.first + group.count, [&](const EncodedStrip& strip, size_t slot) {
        int32_t dots[kMostVectors * kStrip];
        planes_.high_dots(strip, group, dots);
        for (size_t v = 0; v < group.count; v++) {
          const size_t q = group.first + v;
          const PlaneEstimate estimate = planes_.coarse(strip, q);
          planes_.each_reaching(strip, q, slot, dots + v * kStrip, estimate, [&](size_t row_slot, double middle) {
            coarse_[thread][q].add(middle - estimate.error, middle + estimate.error, static_cast<uint32_t>(row_slot),
                                   search_.queries[q].threshold);
          });
        }
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
    for (size_t n = 0; n < promising; n++) planes_.offer(0, q, left[n].slot);
    std::sort(left.begin() + static_cast<ptrdiff_t>(promising), left.end(),
              [](const Candidate& a, const Candidate& b) { return a.slot < b.slot; });
    return search_.each_slice(left.size() - promising, kSlice, [&](size_t thread, size_t first, size_t last) {
      for (size_t n = promising + first; n < promising + last; n++) {
        if (left[n].upper >= threshold.get()) planes_.offer(thread, q, left[n].slot);
      }
    });
  }

  CertifiedSearch& search_;
  const Snapshot& corpus_;
  const std::vector<EncodedQuery> queries_;
  const PlaneQueries planes_;
  std::vector<std::vector<Candidates>> coarse_;  // [thread][query]
};

}  // namespace

bool plane_pass(CertifiedSearch& search) { return Planes(search).run(); }

}  // namespace kindred
