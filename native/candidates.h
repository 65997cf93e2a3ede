// The rows that may still be among a query's best, and the threshold that they must reach.
#pragma once
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace kindred {

// What g of the k-th best score is certain to reach. Threads share it; it only rises, and an old value is merely weaker.
class Threshold {
 public:
  explicit Threshold(double start) : value_(start) {}

  double get() const { return value_.load(std::memory_order_relaxed); }
  void raise(double to) {
    double now = get();
    while (to > now && !value_.compare_exchange_weak(now, to, std::memory_order_relaxed)) {
    }
  }

 private:
  std::atomic<double> value_;
};

struct Candidate {
  double upper;
  uint32_t slot;
};

// One thread's candidates for one query.
class Candidates {
 public:
  // Keeps the `k` largest lower bounds to raise the threshold; none if k is 0.
  explicit Candidates(size_t k) : k_(k) {}

  // A row whose g lies in [lower, upper], upper >= threshold.
  void add(double lower, double upper, uint32_t slot, Threshold& threshold) {
    if (list_.size() >= prune_at_) prune(threshold.get());
    list_.push_back({upper, slot});
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

  const std::vector<Candidate>& list() const { return list_; }

 private:
  // Drops what fell below the threshold, so that the list stays a few times as long as what is left at the end.
  void prune(double threshold) {
    list_.erase(std::remove_if(list_.begin(), list_.end(), [&](const Candidate& c) { return c.upper < threshold; }),
                list_.end());
    prune_at_ = std::max<size_t>(kFirstPrune, 2 * list_.size());
  }

  static constexpr size_t kFirstPrune = 256;
  size_t k_;
  size_t prune_at_ = kFirstPrune;
  std::vector<double> lowers_;  // a heap whose front is the smallest
  std::vector<Candidate> list_;
};

}  // namespace kindred
