// Linux only (transparent huge pages on request); elsewhere nothing is asked.
#include "pages.h"

#include <new>

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

namespace {

constexpr size_t kCacheLine = 64, kLargePage = 2 << 20;

size_t alignment_of(size_t bytes) { return bytes >= kLargePage ? kLargePage : kCacheLine; }

}  // namespace

Bytes allocate_bytes(size_t bytes) {
  auto* start = static_cast<uint8_t*>(::operator new(bytes, std::align_val_t{alignment_of(bytes)}));
#if defined(__linux__)
  if (bytes >= kLargePage) madvise(start, bytes / kLargePage * kLargePage, MADV_HUGEPAGE);
#endif
  return Bytes(start, FreeBytes{alignment_of(bytes)});
}

void FreeBytes::operator()(uint8_t* bytes) const { ::operator delete(bytes, std::align_val_t{alignment}); }

}  // namespace kindred
