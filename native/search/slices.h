// Work shared out among the threads of a search.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>

#include "machine/pool.h"
#include "search/search_request.h"

namespace kindred {

// Calls work(thread, first, last) for slices of 0 .. count, on as many threads as the search has; each thread gets ascending ones.
template <class Work>
void every_slice(const SearchOptions& options, size_t count, size_t slice, Work work) {
  std::atomic<size_t> next{0};
  const auto share = [&](size_t thread) {
    for (size_t first; (first = next.fetch_add(slice, std::memory_order_relaxed)) < count;) {
      work(thread, first, std::min(count, first + slice));
    }
  };
  if (options.threads <= 1 || count <= slice) {
    share(0);
  } else {
    options.pool->run(options.threads, share);
  }
}

// The same until it is cancelled; false if it was.
template <class Work>
bool each_slice(const SearchOptions& options, size_t count, size_t slice, Work work) {
  every_slice(options, count, slice, [&](size_t thread, size_t first, size_t last) {
    if (!options.cancelled()) work(thread, first, last);
  });
  return !options.cancelled();
}

}  // namespace kindred
