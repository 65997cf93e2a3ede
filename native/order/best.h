// Keeps the k best of a stream of (position, score) by the order contract: score descending, position ascending.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace kindred {

struct Hit {
  double score;
  uint32_t position;
};

inline bool precedes(const Hit& a, const Hit& b) {
  return a.score > b.score || (a.score == b.score && a.position < b.position);
}

class Best {
 public:
  Best(size_t k, double min_score) : k_(k), bar_(k == 0 ? std::numeric_limits<double>::infinity() : min_score) {}

  // A row scoring below this can be passed over. Rows are offered in ascending position, so once k are kept
  // a row that only ties the worst has lost.
  double bar() const { return bar_; }

  // Offers a row with score >= bar().
  void offer(uint32_t position, double score) {
    if (hits_.size() == k_) {
      std::pop_heap(hits_.begin(), hits_.end(), precedes);
      hits_.back() = {score, position};
    } else {
      hits_.push_back({score, position});
    }
    std::push_heap(hits_.begin(), hits_.end(), precedes);
    if (hits_.size() == k_) {
      bar_ = std::max(bar_, std::nextafter(hits_.front().score, std::numeric_limits<double>::infinity()));
    }
  }

  // The kept rows, best first. Ends the collection.
  const std::vector<Hit>& sorted() {
    std::sort_heap(hits_.begin(), hits_.end(), precedes);
    return hits_;
  }

 private:
  size_t k_;
  double bar_;
  std::vector<Hit> hits_;  // a heap whose front is the worst kept
};

// The answer to one or more queries, shaped as contract.ts says: `stride` cells each.
struct TopRows {
  size_t stride;
  uint32_t* counts;
  uint32_t* positions;
  double* scores;

  void write(size_t query, const std::vector<Hit>& hits) const {
    counts[query] = static_cast<uint32_t>(hits.size());
    for (size_t n = 0; n < hits.size(); n++) {
      positions[query * stride + n] = hits[n].position;
      scores[query * stride + n] = hits[n].score;
    }
  }
};

}  // namespace kindred
