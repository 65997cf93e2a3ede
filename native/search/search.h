// Exact top-k over a snapshot of a corpus.
#pragma once
#include <cstddef>
#include <cstdint>

#include "order/best.h"
#include "rows/snapshot.h"
#include "search/search_request.h"

namespace kindred {

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
