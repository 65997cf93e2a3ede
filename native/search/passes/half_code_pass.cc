// Some queries on rows of which few are alike: an upper bound for each strip by an integer matrix product with four bits of its
// rows, then the strips that may hold an answer, the most promising first. Half of the bytes of the codes are read, and nearly all
// strips cost one comparison. A query for which many strips may hold an answer is left over, to a pass over rows.
#include <algorithm>
#include <cfloat>
#include <cmath>

#include "search/passes/code_columns.h"
#include "search/passes/plane_queries.h"

namespace kindred {

namespace {

// Strips that are looked at first, beside one for each row wanted.
constexpr size_t kFirstStrips = 16;
// A query is left over if more than this part of the strips may hold an answer.
constexpr size_t kLeftOver = 8;
// Strips that a thread looks at before it takes others.
constexpr size_t kStripSlice = 16;

// Slots of whole strips have this number.
size_t strip_number(size_t slot) { return slot / kStrip; }

class HalfCodes {
 public:
  explicit HalfCodes(CertifiedSearch& search)
      : search_(search),
        corpus_(search.corpus),
        queries_(encode_queries(search, QueryBits::kEightAndSixteen)),
        planes_(search, queries_),
        columns_(search, queries_),
        uppers_(queries_.size(), std::vector<float>(search.corpus.size / kStrip, -HUGE_VALF)) {
    for (size_t t = 0; t < search.options.threads; t++) scratch_.emplace_back(columns_);
  }

  bool run() {
    search_.used_coarse = true;
    if (!search_.each_block([&](size_t thread, const Snapshot::Block& block) { bound(thread, block); })) return false;
    if (!search_.each_slice(queries_.size(), 1, [&](size_t thread, size_t q, size_t) { look_at_best(thread, q); })) return false;
    size_t left_over = 0;
    for (const Query& query : search_.queries) left_over += query.is_left_over;
    corpus_.history->left_over(static_cast<double>(left_over) / static_cast<double>(queries_.size()));
    return look_at_rest();
  }

 private:
  struct Scratch {
    explicit Scratch(const CodeColumns& columns)
        : codes(kStrip * columns.depth(), 0), maxima(columns.columns()), uppers(columns.columns()) {}
    Aligned<uint8_t> codes;
    Aligned<int32_t> maxima;
    Aligned<double> uppers;
  };

  // The upper bounds of a block's strips.
  void bound(size_t thread, const Snapshot::Block& block) {
    const Filter& filter = *corpus_.filter;
    Scratch& scratch = scratch_[thread];
    [[maybe_unused]] const Multiplying ready(filter);
    search_.each_strip(thread, block, 0, queries_.size(), [&](const EncodedStrip& strip, size_t slot) {
      columns_.read(Stage::kCoarse, strip, scratch.codes.data());
      filter.half_code_maxima(columns_.product(Stage::kCoarse, scratch.codes.data(), {strip.chunk, strip.index + 1}),
                              scratch.maxima.data());
      columns_.uppers(Stage::kCoarse, strip, scratch.maxima.data(), scratch.uppers.data());
      for (size_t q = 0; q < queries_.size(); q++) uppers_[q][strip_number(slot)] = rounded_up(scratch.uppers.data()[q]);
    });
  }

  // Bounds below the range of float32 become its lowest number, since a strip without rows has the infinite one. What is no number is
  // kept, as the largest.
  static float rounded_up(double upper) {
    constexpr double kLowest = -FLT_MAX;
    const double more = upper + std::fabs(upper) * 0x1p-23 + 0x1p-140;
    return more == more ? static_cast<float>(std::max(more, kLowest)) : HUGE_VALF;
  }

  // The strips of the highest bounds, as many as may hold an answer: their rows raise the threshold.
  void look_at_best(size_t thread, size_t q) {
    std::vector<float>& uppers = uppers_[q];
    const size_t count = std::min(kFirstStrips + search_.options.k, uppers.size());
    const auto above = [&](uint32_t a, uint32_t b) { return uppers[a] > uppers[b]; };
    std::vector<uint32_t> best;  // a heap whose front has the lowest bound
    best.reserve(count);
    for (uint32_t n = 0; n < uppers.size(); n++) {
      if (best.size() < count) {
        best.push_back(n);
        std::push_heap(best.begin(), best.end(), above);
      } else if (uppers[n] > uppers[best.front()]) {
        std::pop_heap(best.begin(), best.end(), above);
        best.back() = n;
        std::push_heap(best.begin(), best.end(), above);
      }
    }
    std::sort_heap(best.begin(), best.end(), above);
    for (size_t n = 0; n < best.size() && reaches(q, best[n]); n++) {
      look_at(thread, q, best[n], n + 1 < best.size() ? strip_at(best[n + 1]) : EncodedStrip{nullptr, 0});
      uppers[best[n]] = -HUGE_VALF;
    }
    size_t left = 0;
    for (uint32_t n = 0; n < uppers.size(); n++) left += reaches(q, n);
    search_.queries[q].is_left_over = left > uppers.size() / kLeftOver;
  }

  // All other strips that may hold an answer, in the order of memory.
  bool look_at_rest() {
    struct Pair {
      uint32_t strip, query;
    };
    std::vector<Pair> left;
    for (uint32_t q = 0; q < queries_.size(); q++) {
      if (search_.queries[q].is_left_over) continue;
      for (uint32_t n = 0; n < uppers_[q].size(); n++) {
        if (reaches(q, n)) left.push_back({n, q});
      }
    }
    return search_.each_slice(left.size(), kStripSlice, [&](size_t thread, size_t first, size_t last) {
      for (size_t n = first; n < last; n++) {
        if (!reaches(left[n].query, left[n].strip)) continue;
        look_at(thread, left[n].query, left[n].strip, n + 1 < last ? strip_at(left[n + 1].strip) : EncodedStrip{nullptr, 0});
      }
    });
  }

  bool reaches(size_t q, size_t number) const {
    const float upper = uppers_[q][number];
    return upper != -HUGE_VALF && static_cast<double>(upper) >= search_.queries[q].threshold.get();
  }

  EncodedStrip strip_at(size_t number) const {
    const size_t per_chunk = corpus_.chunk_rows / kStrip;
    return encoded_strip(corpus_, number / per_chunk, number % per_chunk);
  }

  // Eight bits of those rows that four leave. The strip that is looked at next is read ahead.
  void look_at(size_t thread, size_t q, size_t number, const EncodedStrip& next) {
    const EncodedStrip strip = strip_at(number);
    search_.coarse_left += kStrip;
    int32_t dots[kStrip];
    planes_.high_dots_of_one(strip, q, next, dots);
    size_t slots[kStrip], count = 0;
    planes_.each_reaching(strip, q, number * kStrip, dots, planes_.coarse(strip, q), [&](size_t slot, double) {
      planes_.prefetch_low(strip, slot % kStrip);
      slots[count++] = slot;
    });
    for (size_t n = 0; n < count; n++) planes_.offer(thread, q, slots[n]);
  }

  CertifiedSearch& search_;
  const Snapshot& corpus_;
  const std::vector<EncodedQuery> queries_;
  const PlaneQueries planes_;
  const CodeColumns columns_;
  std::deque<Scratch> scratch_;  // one for each thread
  std::vector<std::vector<float>> uppers_;  // [query][strip]
};

}  // namespace

bool half_code_pass(CertifiedSearch& search) { return HalfCodes(search).run(); }

}  // namespace kindred
