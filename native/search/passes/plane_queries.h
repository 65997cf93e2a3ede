// Queries against the planes of encoded rows: what four bits and eight say of rows, one strip or one row at a time.
#pragma once
#include <vector>

#include "machine/aligned.h"
#include "search/certified.h"

namespace kindred {

// How a strip's estimates follow from its dots, and how far off they may be.
struct PlaneEstimate {
  int32_t times, base;
  double scale, error;
};

// Queries that share a reading.
struct PlaneGroup {
  size_t first, count, vectors;
  Aligned<int8_t> bytes;  // of `vectors` queries, the last ones zero
};

class PlaneQueries {
 public:
  // `queries` are those of the search, in eight and sixteen bits.
  PlaneQueries(CertifiedSearch& search, const std::vector<EncodedQuery>& queries);

  // Of the high plane's dots with the eight bits of a query: q' = 16 h - 120.5 = (32 h - 241) / 2.
  PlaneEstimate coarse(const EncodedStrip& strip, size_t q) const {
    const EncodedQuery& query = queries_[q];
    return {32, static_cast<int32_t>(-241 * query.byte.sum), 0.5 * strip.bounds().scale * query.byte.step,
            error_.coarse(strip.bounds(), query, query.byte)};
  }
  // Of 16 times these and the low plane's.
  PlaneEstimate fine(const EncodedStrip& strip, size_t q) const {
    const EncodedQuery& query = queries_[q];
    return {1, static_cast<int32_t>(-128 * query.byte.sum), strip.bounds().scale * query.byte.step,
            error_.fine(strip.bounds(), query, query.byte)};
  }

  // Dots of a strip's plane with a group's queries, [vector][row]; what lies kAhead further is asked for.
  void high_dots(const EncodedStrip& strip, const PlaneGroup& group, int32_t* dots) const {
    filter_.strip_dots(strip.chunk->high(strip.index), half_, group.bytes.data(), group.vectors, kAhead, dots);
  }
  void low_dots(const EncodedStrip& strip, const PlaneGroup& group, int32_t* dots) const {
    filter_.strip_dots(strip.chunk->low(strip.index), half_, group.bytes.data(), group.vectors, kAhead, dots);
  }
  // The same with one query; `next`, which may be null, is asked for.
  void high_dots_of_one(const EncodedStrip& strip, size_t q, const EncodedStrip& next, int32_t* dots) const {
    const uint8_t* here = strip.chunk->high(strip.index);
    const uint8_t* there = next ? next.chunk->high(next.index) : here;
    const size_t ahead = reinterpret_cast<uintptr_t>(there) - reinterpret_cast<uintptr_t>(here);
    filter_.strip_dots(here, half_, queries_[q].bytes.data(), 1, ahead, dots);
  }
  // Asks for what `offer` will read of a row.
  void prefetch(size_t slot) const {
    const size_t in_chunk = slot % corpus_.chunk_rows;
    const EncodedStrip strip = encoded_strip(corpus_, slot / corpus_.chunk_rows, in_chunk / kStrip);
    prefetch_plane(strip.chunk->high(strip.index) + in_chunk % kStrip * half_);
    prefetch_plane(strip.chunk->low(strip.index) + in_chunk % kStrip * half_);
  }
  // The same where its high plane was just read.
  void prefetch_low(const EncodedStrip& strip, size_t r) const { prefetch_plane(strip.chunk->low(strip.index) + r * half_); }

  // Calls use(slot, middle of the interval) for the admitted rows whose upper bound reaches the threshold.
  template <class Use>
  void each_reaching(const EncodedStrip& strip, size_t q, size_t slot, const int32_t* dots, const PlaneEstimate& estimate,
                     Use use) const {
    const float* offsets = strip.chunk->offsets(strip.index);
    const double unit = strip.bounds().unit, offset = queries_[q].offset;
    const double needed = search_.queries[q].threshold.get() - offset - estimate.error;
    uint32_t reached = filter_.reaching(dots, {estimate.times, estimate.base, offsets, estimate.scale, unit, needed});
    for (size_t r = 0; reached != 0; r++, reached >>= 1) {
      if ((reached & 1) == 0 || !search_.admits(slot + r)) continue;
      const double sum = static_cast<double>(estimate.times * dots[r] + estimate.base);
      use(slot + r, estimate.scale * sum + static_cast<double>(offsets[r]) * unit + offset);
    }
  }

  // Offers one row by all bits of it and sixteen of the query.
  void offer(size_t thread, size_t q, size_t slot) const;

  const std::vector<PlaneGroup>& groups() const { return groups_; }

 private:
  // Bytes of a plane that are read ahead.
  static constexpr size_t kAhead = 12288;

  void prefetch_plane([[maybe_unused]] const uint8_t* row) const {
#if defined(__GNUC__)
    constexpr size_t kCacheLine = 64;
    for (size_t j = 0; j < half_; j += kCacheLine) __builtin_prefetch(row + j);
#endif
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
  const std::vector<EncodedQuery>& queries_;
  const std::vector<PlaneGroup> groups_;
};

}  // namespace kindred
