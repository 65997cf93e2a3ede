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
  Hit() = default;
  Hit(double score, uint32_t position) : score(score), position(position) {}
  double score;
  uint32_t position;
};

// Without a branch: which of two hits comes first, nobody can predict.
inline bool precedes(const Hit& a, const Hit& b) {
  return (a.score > b.score) | ((a.score == b.score) & (a.position < b.position));
}

// The same where a sort is to compile it in.
struct Precedes {
  bool operator()(const Hit& a, const Hit& b) const { return precedes(a, b); }
};

// Puts the `k` best first, the worst of them last: quickselect (Hoare, CACM 4(7), 1961) that moves hits without branches. The
// library's own, several times slower, ends what a few bad pivots leave.
inline void select_best(Hit* hits, size_t count, size_t k) {
  constexpr size_t kFew = 12, kRounds = 24;
  Hit *from = hits, *to = hits + count, *const wanted = hits + k - 1;
  for (size_t round = 0; round < kRounds && static_cast<size_t>(to - from) > kFew; round++) {
    Hit *middle = from + (to - from) / 2, *last = to - 1;
    if (precedes(*middle, *from)) std::swap(*middle, *from);
    if (precedes(*last, *from)) std::swap(*last, *from);
    if (precedes(*middle, *last)) std::swap(*middle, *last);
    const Hit pivot = *last;
    Hit* end = from;  // of those that precede the pivot
    for (Hit* each = from; each < last; each++) {
      // Field by field: what was written in two parts and is read in one waits for the memory.
      const double score = each->score;
      const uint32_t position = each->position;
      each->score = end->score;
      each->position = end->position;
      end->score = score;
      end->position = position;
      end += precedes({score, position}, pivot);
    }
    std::swap(*end, *last);
    if (end == wanted) return;
    if (end > wanted) to = end;
    else from = end + 1;
  }
  std::nth_element(from, wanted, to, Precedes());
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
    hits_.emplace_back(score, position);
    if (hits_.size() == (is_full_ ? 2 * k_ : k_)) is_full_ ? cut() : fill();
  }

  // The kept rows, best first. Ends the collection.
  const std::vector<Hit>& sorted() {
    if (hits_.size() > k_) cut();
    std::sort(hits_.begin(), hits_.end(), Precedes());
    return hits_;
  }

 private:
  void fill() {
    hits_.reserve(2 * k_);
    is_full_ = true;
    raise(*std::max_element(hits_.begin(), hits_.end(), Precedes()));
  }

  void cut() {
    select_best(hits_.data(), hits_.size(), k_);
    hits_.resize(k_);
    raise(hits_.back());
  }

  // The worst of the best k is what others must precede.
  void raise(const Hit& worst) {
    worst_ = worst;
    bar_ = std::max(bar_, std::nextafter(worst_.score, std::numeric_limits<double>::infinity()));
  }

  size_t k_;
  double bar_;
  bool is_full_ = false;  // whether k rows were found
  Hit worst_ = {0, 0};    // of the best k when it was last looked for
  std::vector<Hit> hits_;
};

// The best k of what several threads kept for query q: kept[thread][q].
inline std::vector<Hit> best_of(std::vector<std::vector<Best>>& kept, size_t q, size_t k) {
  std::vector<Hit> best = kept[0][q].sorted();
  for (size_t t = 1; t < kept.size(); t++) {
    const std::vector<Hit>& more = kept[t][q].sorted();
    const auto middle = static_cast<ptrdiff_t>(best.size());
    best.insert(best.end(), more.begin(), more.end());
    std::inplace_merge(best.begin(), best.begin() + middle, best.end(), Precedes());
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
