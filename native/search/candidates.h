// The rows that may still be among a query's best, and the threshold that they must reach.
#pragma once
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

namespace kindred {

// What g of the k-th best score is certain to reach. Threads share it; it only rises, and an old value is merely weaker.
class Threshold {
 public:
  explicit Threshold(double start = -std::numeric_limits<double>::infinity()) : value_(start) {}

  double get() const { return value_.load(std::memory_order_relaxed); }
  void raise(double to) {
    double now = get();
    while (to > now && !value_.compare_exchange_weak(now, to, std::memory_order_relaxed)) {
    }
  }
  // Says that this filter leaves too many rows: no row reaches the threshold any more, and every row is to be scored.
  void give_up() { raise(std::numeric_limits<double>::infinity()); }
  bool given_up() const { return get() == std::numeric_limits<double>::infinity(); }

 private:
  std::atomic<double> value_;
};

struct Candidate {
  // Written in its place: a copy made of both parts would wait for them.
  Candidate(double upper, uint32_t slot) : upper(upper), slot(slot) {}

  double upper;
  uint32_t slot;
};

// Where g of a row is certain to lie.
struct Interval {
  double lower, upper;
  uint32_t slot;
};

// One thread's candidates for one query.
class Candidates {
 public:
  // Keeps the `k` largest lower bounds to raise the threshold; none if k is 0. First looks for rows to drop when there are
  // `first_prune`. Gives up when more than `most` are left.
  explicit Candidates(size_t k = 0, size_t first_prune = 256, size_t most = std::numeric_limits<size_t>::max())
      : k_(k), first_prune_(std::min(first_prune, most)), prune_at_(first_prune_), most_(most) {}

  // A row whose g lies in [lower, upper], upper >= threshold.
  void add(double lower, double upper, uint32_t slot, Threshold& threshold) {
    if (list_.size() >= prune_at_ && !make_room(threshold)) return;
    list_.emplace_back(upper, slot);
    keep(lower, threshold);
  }

  // Several of them.
  void add(const Interval* rows, size_t count, Threshold& threshold) {
    if (list_.size() + count > prune_at_) {
      if (!make_room(threshold)) return;
      list_.reserve(std::max(prune_at_, list_.size() + count));
    }
    for (size_t n = 0; n < count; n++) list_.emplace_back(rows[n].upper, rows[n].slot);
    for (size_t n = 0; n < count; n++) keep(rows[n].lower, threshold);
  }

  // Asks for the memory that adding a row reads and writes.
  void prefetch() const {
#if defined(__GNUC__)
    __builtin_prefetch(lowers_.data());
    __builtin_prefetch(list_.data() + list_.size());
    __builtin_prefetch(list_.data() + list_.size() + 4);
#endif
  }

  const std::vector<Candidate>& list() const { return list_; }
  size_t bytes() const { return lowers_.capacity() * sizeof(double) + list_.capacity() * sizeof(Candidate); }

 private:
  // Keeps a lower bound, and raises the threshold to the k-th best.
  void keep(double lower, Threshold& threshold) {
    if (k_ == 0 || !(lower > threshold.get())) return;
    if (lowers_.size() < k_) {
      lowers_.push_back(lower);
      std::push_heap(lowers_.begin(), lowers_.end(), std::greater<>());
    } else if (lower > lowers_.front()) {
      std::pop_heap(lowers_.begin(), lowers_.end(), std::greater<>());
      lowers_.back() = lower;
      std::push_heap(lowers_.begin(), lowers_.end(), std::greater<>());
    }
    if (lowers_.size() == k_) threshold.raise(lowers_.front());
  }

  // Drops what fell below the threshold, so that the list stays a few times as long as what is left at the end. False if that is
  // too much.
  bool make_room(Threshold& threshold) {
    const double least = threshold.get();
    list_.erase(std::remove_if(list_.begin(), list_.end(), [&](const Candidate& c) { return c.upper < least; }), list_.end());
    if (list_.size() > most_) {
      threshold.give_up();
      lowers_ = {};
      list_ = {};
      return false;
    }
    prune_at_ = std::max(first_prune_, list_.size() + list_.size() / 2);
    return true;
  }

  size_t k_, first_prune_, prune_at_, most_;
  std::vector<double> lowers_;  // a heap whose front is the smallest
  std::vector<Candidate> list_;
};

}  // namespace kindred
