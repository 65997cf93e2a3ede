// A few queries: four bits of every row, then all eight of those that are left. What limits it is reading the rows, so up to eight
// queries are served by one reading.
#include <algorithm>

#include "search/certified.h"
#include "search/passes/plane_queries.h"

namespace kindred {

namespace {

// Rows that a thread looks at before it takes others, and how many of them are asked for ahead.
constexpr size_t kRowSlice = 512, kRowsAhead = 4;

class Planes {
 public:
  explicit Planes(CertifiedSearch& search)
      : search_(search),
        corpus_(search.corpus),
        queries_(encode_queries(search, QueryBits::kEightAndSixteen)),
        planes_(search, queries_) {}

  bool run() {
    if (!search_.options.four_bits_tell_rows) {
      return search_.each_block([&](size_t thread, const Snapshot::Block& block) { pass_finely(thread, block); });
    }
    search_.used_coarse = true;
    waiting_.assign(search_.options.threads, std::vector<Candidates>(queries_.size()));
    if (!search_.each_block([&](size_t thread, const Snapshot::Block& block) { pass_coarsely(thread, block); })) return false;
    bool finished = true;
    for (size_t q = 0; q < queries_.size() && finished; q++) finished = look_at_waiting(q);
    corpus_.history->rows_left(static_cast<double>(search_.coarse_left) / static_cast<double>(queries_.size()) /
                               static_cast<double>(corpus_.size));
    return finished;
  }

 private:
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

  // Four bits of every row. Rows that are good by them are looked at once, since they raise the threshold; rows that may be good
  // wait until all were seen.
  void pass_coarsely(size_t thread, const Snapshot::Block& block) {
    for (const PlaneGroup& group : planes_.groups()) {
      search_.each_strip(thread, block, group.first, group.first + group.count, [&](const EncodedStrip& strip, size_t slot) {
        int32_t dots[kMostVectors * kStrip];
        planes_.high_dots(strip, group, dots);
        for (size_t v = 0; v < group.count; v++) {
          const size_t q = group.first + v;
          Threshold& threshold = search_.queries[q].threshold;
          const PlaneEstimate estimate = planes_.coarse(strip, q);
          planes_.each_reaching(strip, q, slot, dots + v * kStrip, estimate, [&](size_t row_slot, double middle) {
            if (middle >= threshold.get()) {
              search_.coarse_left++;
              planes_.offer(thread, q, row_slot);
            } else {
              waiting_[thread][q].add(middle - estimate.error, middle + estimate.error, static_cast<uint32_t>(row_slot), threshold);
            }
          });
        }
      });
    }
  }

  // Eight bits of the rows that waited.
  bool look_at_waiting(size_t q) {
    std::vector<Candidate> left;
    const Threshold& threshold = search_.queries[q].threshold;
    for (const auto& of_thread : waiting_) {
      for (const Candidate& each : of_thread[q].list()) {
        if (each.upper >= threshold.get()) left.push_back(each);
      }
    }
    search_.coarse_left += left.size();
    return search_.each_slice(left.size(), kRowSlice, [&](size_t thread, size_t first, size_t last) {
      for (size_t n = first; n < std::min(first + kRowsAhead, last); n++) planes_.prefetch(left[n].slot);
      for (size_t n = first; n < last; n++) {
        if (n + kRowsAhead < last) planes_.prefetch(left[n + kRowsAhead].slot);
        if (left[n].upper >= threshold.get()) planes_.offer(thread, q, left[n].slot);
      }
    });
  }

  CertifiedSearch& search_;
  const Snapshot& corpus_;
  const std::vector<EncodedQuery> queries_;
  const PlaneQueries planes_;
  std::vector<std::vector<Candidates>> waiting_;  // [thread][query]
};

}  // namespace

bool plane_pass(CertifiedSearch& search) { return Planes(search).run(); }

}  // namespace kindred
