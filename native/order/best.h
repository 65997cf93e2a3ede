// Keeps the k best of a stream of (position, score) by the order contract: score descending, position ascending.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
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

// Collects up to twice as many rows as are wanted before it drops the worse half: a heap would order what is dropped anyway.
class Best {
 public:
  Best(size_t k, double min_score) : k_(k), bar_(k == 0 ? std::numeric_limits<double>::infinity() : min_score) {}

  // Bytes of rows that one of k holds at most.
  static size_t bytes(size_t k) { return 2 * k * sizeof(Hit); }

  // A row scoring below this can be passed over. Rows are offered in ascending position, so once k are kept
  // a row that only ties the worst has lost.
  double bar() const { return bar_; }
  // The same where rows come in any order, for rows at `position` and behind it.
  double bar_from(uint32_t position) const { return position < worst_.position ? worst_.score : bar_; }

  // Offers a row with score >= bar_from(position): in any order.
  void offer_any(uint32_t position, double score) {
    if (!is_full_ || precedes({score, position}, worst_)) offer(position, score);
  }

  // Offers a row with score >= bar().
  void offer(uint32_t position, double score) {
    hits_.push_back({score, position});
    if (hits_.size() == (is_full_ ? 2 * k_ : k_)) cut();
  }

  // The kept rows, best first. Ends the collection.
  const std::vector<Hit>& sorted() {
    if (hits_.size() > k_) cut();
    std::sort(hits_.begin(), hits_.end(), precedes);
    return hits_;
  }

 private:
  // Keeps the best k, of which the worst is what others must precede.
  void cut() {
    std::nth_element(hits_.begin(), hits_.begin() + static_cast<ptrdiff_t>(k_ - 1), hits_.end(), precedes);
    hits_.resize(k_);
    if (!is_full_) hits_.reserve(2 * k_);
    is_full_ = true;
    worst_ = hits_.back();
    bar_ = std::max(bar_, std::nextafter(worst_.score, std::numeric_limits<double>::infinity()));
  }

  size_t k_;
  double bar_;
  bool is_full_ = false;  // whether k rows were found
  Hit worst_ = {0, 0};    // of the best k at the last cut
  std::vector<Hit> hits_;
};

// The best k of what several threads kept for query q: kept[thread][q].
inline std::vector<Hit> best_of(std::vector<std::vector<Best>>& kept, size_t q, size_t k) {
  std::vector<Hit> best = kept[0][q].sorted();
  for (size_t t = 1; t < kept.size(); t++) {
    const std::vector<Hit>& more = kept[t][q].sorted();
    const auto middle = static_cast<ptrdiff_t>(best.size());
    best.insert(best.end(), more.begin(), more.end());
    std::inplace_merge(best.begin(), best.begin() + middle, best.end(), precedes);
    if (best.size() > k) best.resize(k);
  }
  return best;
}

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
