// Exact top-k over a snapshot of a corpus.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "order/best.h"
#include "rows/snapshot.h"
#include "search/search_request.h"

namespace kindred {

// Whether there are the kernels for a way; without encoded rows some lead nowhere all the same.
bool has_kernels(Way way, const Filter* filter, Dtype dtype);
// The way that a search for `count` queries goes, and its threads.
Way way_for(const Snapshot& corpus, size_t count, const SearchOptions& options);
size_t threads_for(const Snapshot& corpus, size_t count, const Pool& pool);

// Scores every row for queries that lie side by side in `wide`, and answers query q as number numbers[q]. False if it was cancelled.
bool score_all_rows(const Snapshot& corpus, const double* wide, const std::vector<size_t>& numbers, const SearchOptions& options,
                    const TopRows& answer);

// Of queries in `wide`, those that a filter is of no use for.
size_t count_given_up(const Snapshot& corpus, const double* wide, size_t count, const SearchOptions& options);

// Exact top-k of each query by the order contract, written to `answer` (stride min(k, size)). Queries are row-major
// elements of query_dtype(corpus.dtype). Returns false if `cancel` was set meanwhile; the answer is then unfinished.
bool search(const Snapshot& corpus, const uint8_t* queries, size_t query_count, SearchOptions options,
            const TopRows& answer, SearchCounts* counts = nullptr);
// The same for queries in float64, on the threads of `options`.
bool search(const Snapshot& corpus, const double* wide, size_t query_count, const SearchOptions& options, const TopRows& answer,
            SearchCounts* counts);

}  // namespace kindred
