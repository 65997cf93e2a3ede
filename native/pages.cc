// Linux only (transparent huge pages on request); elsewhere nothing is asked.
#include "pages.h"

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#endif

namespace kindred {

#if defined(__linux__)

void prefer_large_pages(void* start, size_t bytes) {
  constexpr size_t kWorthwhile = 8 << 20;
  if (bytes < kWorthwhile) return;
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto from = reinterpret_cast<uintptr_t>(start);
  const uintptr_t first = (from + page - 1) / page * page, last = (from + bytes) / page * page;
  madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
}

#else

void prefer_large_pages(void*, size_t) {}

#endif

}  // namespace kindred
