// Exact top-k over a snapshot of a corpus.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "best.h"
#include "corpus.h"

namespace kindred {

struct SearchOptions {
  size_t k;
  double min_score;
  const uint8_t* admit;  // one byte per slot, or null for all
};

// Exact top-k of each query by the order contract, written to `answer` (stride min(k, size)).
// Returns false if `cancel` was set meanwhile; the answer is then unfinished.
bool search(const Snapshot& corpus, const float* queries, size_t query_count, const SearchOptions& options,
            const TopRows& answer, const std::atomic<bool>* cancel = nullptr);

}  // namespace kindred
