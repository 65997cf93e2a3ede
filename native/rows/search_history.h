// How searches of a corpus are to go: what they were told, and what they learned from those before.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace kindred {

// Ways to search: what the costs say, or one of them whatever it costs. All give the same answer.
enum class Way : uint8_t { kByCosts, kScan, kTiles, kFloats, kPlanes, kHalfCodes, kCodes };

// What searches learned about their corpus: how much four bits of its rows leave, and all bits. Changes speed, never an answer.
class SearchHistory {
 public:
  // Whether four bits tell strips, or at least rows, apart. Now and then what did not pay gets another chance.
  bool tell_strips() { return left_over_.load(std::memory_order_relaxed) < kTooManyLeftOver || is_turn(strips_skipped_, 256); }
  bool tell_rows() { return rows_left_.load(std::memory_order_relaxed) < kTooManyRows || is_turn(rows_skipped_, 32); }

  // Whether a filter tells rows apart at all.
  bool filters_pay() { return given_up_.load(std::memory_order_relaxed) < kTooManyGivenUp || is_turn(filters_skipped_, 16); }

  // The part of `queries` that gave up the filter. Few queries count for little.
  void given_up(double part, size_t queries) {
    constexpr double kMany = 64;
    const double weight = std::min(1.0, static_cast<double>(queries) / kMany);
    given_up_.store((1 - weight) * given_up_.load(std::memory_order_relaxed) + weight * part, std::memory_order_relaxed);
  }

  // The part of all rows that a search's queries were left with.
  void rows_left(double part) { rows_left_.store(part, std::memory_order_relaxed); }
  // The part of its queries that strips did not answer. Queries differ, so it counts for a fourth.
  void left_over(double part) {
    left_over_.store(0.75 * left_over_.load(std::memory_order_relaxed) + 0.25 * part, std::memory_order_relaxed);
  }

 private:
  static bool is_turn(std::atomic<unsigned>& skipped, unsigned often) {
    return skipped.fetch_add(1, std::memory_order_relaxed) % often == often - 1;
  }

  static constexpr double kTooManyLeftOver = 0.3, kTooManyRows = 0.22, kTooManyGivenUp = 0.7;
  std::atomic<double> left_over_{0}, rows_left_{0}, given_up_{0};
  std::atomic<unsigned> strips_skipped_{0}, rows_skipped_{0}, filters_skipped_{0};
};

}  // namespace kindred
