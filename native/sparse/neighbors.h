// The frame of a search for the nearest rows: which rows are visited when, on which thread, and who keeps what is found. What a
// visit does is the matter of the classes derived from it.
#pragma once
#include <algorithm>
#include <limits>
#include <memory>
#include <vector>

#include "sparse/rows.h"

namespace kindred {

// The k best of one row. Neighbours arrive in any order, so ties are settled here and not by the order of arrival.
class Nearest {
 public:
  // Returns the bar.
  double offer(size_t k, Hit hit) {
    if (hits_.size() == k) {
      if (!precedes(hit, hits_.front())) return bar(k);
      std::pop_heap(hits_.begin(), hits_.end(), precedes);
      hits_.back() = hit;
    } else {
      hits_.push_back(hit);
    }
    std::push_heap(hits_.begin(), hits_.end(), precedes);
    return bar(k);
  }

  // The score that another needs at least to be kept.
  double bar(size_t k) const { return hits_.size() == k ? hits_.front().score : kAnyScore; }

  const std::vector<Hit>& sorted() {
    std::sort_heap(hits_.begin(), hits_.end(), precedes);
    return hits_;
  }

  // Only positive scores count.
  static constexpr double kAnyScore = std::numeric_limits<double>::denorm_min();

 private:
  std::vector<Hit> hits_;
};

class NeighborSearch : public NeighborTask {
 public:
  void advance(Pool& pool, size_t threads, double products) override;
  void write(const TopRows& answer, size_t first, size_t last) override;

 protected:
  // A pair met once is offered to both its rows; the other one's offer may have to wait until no thread reads its bar.
  struct Mirrored {
    uint32_t rank, other;
    double score;
  };
  // Takes what one visit finds. Rows are named by rank.
  struct Found {
    size_t rank;
    Nearest* own;
    double own_bar;
    // A score below both bars is of no use. Null if only the visited row takes offers.
    const double* bars;
    std::vector<Mirrored>* deferred;
  };
  // Sums of one thread.
  struct Lane {
    virtual ~Lane() = default;
  };

  NeighborSearch(size_t stride) : stride_(stride) {}
  // To be called by the constructor of a derived class. `products[rank]` is what a visit costs.
  void begin(const std::vector<uint32_t>& row_of, const std::vector<double>& products, const uint32_t* only, size_t only_count);

  virtual std::unique_ptr<Lane> make_lane() const = 0;
  virtual void visit(Lane& lane, Found& found) = 0;

  // Both rows of a pair get to know of each other.
  void offer(Found& found, size_t other, double score);

 private:
  void visit_and_keep(Lane& lane, size_t visit, std::vector<Mirrored>* deferred);
  void keep(const Mirrored& mirrored);
  size_t end_of_round(double products) const;

  const size_t stride_;
  const uint32_t* row_of_ = nullptr;
  std::vector<double> products_;      // by visit
  std::vector<uint32_t> visits_;      // ranks, if only some rows are visited; else visit n is of rank n
  bool once_ = true;                  // each pair is met once
  size_t next_ = 0;
  std::vector<Nearest> nearest_;      // by visit
  std::vector<double> bars_;          // by rank
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<std::vector<Mirrored>> deferred_;  // by lane
};

}  // namespace kindred
