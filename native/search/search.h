// Exact top-k over a snapshot of a corpus.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "order/best.h"
#include "rows/snapshot.h"

namespace kindred {

class Pool;

struct SearchOptions {
  size_t k;
  double min_score;
  const uint8_t* admit;  // one byte per slot, or null for all
  const std::atomic<bool>* cancel = nullptr;
  // Set by `search`.
  bool four_bits_tell_strips = false, four_bits_tell_rows = false;
  size_t threads = 1;
  Pool* pool = nullptr;
};

// How a search went: (query, row) pairs left after each stage. kNotUsed for a stage that there was not.
struct SearchCounts {
  static constexpr uint64_t kNotUsed = UINT64_MAX;
  uint64_t queries = 0, rows = 0, coarse = kNotUsed, fine = kNotUsed, scored = 0;

  // Rows that were looked at in strips and again by themselves count once.
  void add_coarse(uint64_t more) { coarse = std::min((coarse == kNotUsed ? 0 : coarse) + more, queries * rows); }

  // Those of another search of the same rows. Where only one of them used a stage, that left all pairs of the other.
  void add(const SearchCounts& more) {
    const uint64_t before = queries * more.rows, after = more.queries * more.rows;
    const auto joined = [&](uint64_t a, uint64_t b) {
      return a == kNotUsed && b == kNotUsed ? kNotUsed : (a == kNotUsed ? before : a) + (b == kNotUsed ? after : b);
    };
    coarse = queries == 0 ? more.coarse : joined(coarse, more.coarse);
    fine = queries == 0 ? more.fine : joined(fine, more.fine);
    scored += more.scored;
    queries += more.queries;
    rows = more.rows;
  }
};

// Whether there are the kernels for a way; without encoded rows some lead nowhere all the same.
bool has_kernels(Way way, const Filter* filter, Dtype dtype);
// The way that a search for `count` queries goes, and its threads.
Way way_for(const Snapshot& corpus, size_t count, const SearchOptions& options);
size_t threads_for(const Snapshot& corpus, size_t count, const Pool& pool);

// Exact top-k of each query by the order contract, written to `answer` (stride min(k, size)). Queries are row-major
// elements of query_dtype(corpus.dtype). Returns false if `cancel` was set meanwhile; the answer is then unfinished.
bool search(const Snapshot& corpus, const uint8_t* queries, size_t query_count, SearchOptions options,
            const TopRows& answer, SearchCounts* counts = nullptr);

}  // namespace kindred
