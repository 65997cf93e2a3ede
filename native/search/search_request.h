// What a search is asked, and how it went.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace kindred {

class Pool;

struct SearchOptions {
  size_t k;
  double min_score;
  const uint8_t* admit;  // one byte per slot, or null for all
  const std::atomic<bool>* cancel = nullptr;
  // Set by `search`.
  bool filters_pay = true, four_bits_tell_strips = false, four_bits_tell_rows = false;
  size_t threads = 1;
  Pool* pool = nullptr;

  bool cancelled() const { return cancel != nullptr && cancel->load(std::memory_order_relaxed); }
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

}  // namespace kindred
