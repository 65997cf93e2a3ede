// Linux only (transparent huge pages on request); elsewhere nothing is asked.
#include "machine/pages.h"

#include <cstdint>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>
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

#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__)

// From the system, and back to it: before glibc 2.38, malloc used aligned memory that was given back only by chance again, so that
// a process that made and freed indexes grew by each of them. Null if there is none.
uint8_t* map_large_pages(size_t bytes) {
  void* room = mmap(nullptr, bytes + kLargePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) return nullptr;
  auto* first = static_cast<uint8_t*>(room);
  const size_t before = (kLargePage - reinterpret_cast<uintptr_t>(first) % kLargePage) % kLargePage, after = kLargePage - before;
  if (before > 0) munmap(first, before);
  if (after > 0) munmap(first + before + bytes, after);
  madvise(first + before, bytes / kLargePage * kLargePage, MADV_HUGEPAGE);
  return first + before;
}

constexpr bool kMaps = true;
void unmap(uint8_t* start, size_t bytes) { munmap(start, bytes); }

#else

constexpr bool kMaps = false;
uint8_t* map_large_pages(size_t) { return nullptr; }
void unmap(uint8_t*, size_t) {}

#endif

}  // namespace

Bytes allocate_bytes(size_t bytes) {
  if (kMaps && bytes >= kLargePage && bytes <= SIZE_MAX / 2) {
    constexpr size_t kPage = 64 << 10;  // a multiple of every system's
    const size_t whole = (bytes + kPage - 1) / kPage * kPage;
    uint8_t* start = map_large_pages(whole);
    if (start == nullptr) throw std::bad_alloc();
    return Bytes(start, FreeBytes{nullptr, whole});
  }
  if (bytes > SIZE_MAX - kCacheLine) throw std::bad_alloc();
  void* room = ::operator new(bytes + kCacheLine);
  auto* first = static_cast<uint8_t*>(room);
  return Bytes(first + (kCacheLine - reinterpret_cast<uintptr_t>(first) % kCacheLine) % kCacheLine, FreeBytes{room, 0});
}

void FreeBytes::operator()(uint8_t* bytes) const {
  if (mapped > 0) {
    unmap(bytes, mapped);
  } else {
    ::operator delete(room);
  }
}

}  // namespace kindred
