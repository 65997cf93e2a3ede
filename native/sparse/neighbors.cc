// Visits rows one after the other or shared out among threads. The answer depends on neither: an offer is a pair and its score.
#include "sparse/neighbors.h"

#include <algorithm>
#include <atomic>

#include "machine/pool.h"

namespace kindred {

namespace {

// Offers that wait for the end of a round, at most; each takes 16 bytes.
constexpr double kDeferredPairs = 1 << 20;

}  // namespace

void NeighborSearch::begin(const std::vector<uint32_t>& row_of, const std::vector<double>& products, const uint32_t* only,
                           size_t only_count) {
  row_of_ = row_of.data();
  once_ = only == nullptr;
  count_ = once_ ? row_of.size() : only_count;
  nearest_.resize(count_);
  if (once_) {
    bars_.assign(count_, Nearest::kAnyScore);
    products_ = products;
  } else {
    std::vector<uint32_t> rank_of(row_of.size());
    for (size_t rank = 0; rank < row_of.size(); rank++) rank_of[row_of[rank]] = static_cast<uint32_t>(rank);
    for (size_t n = 0; n < only_count; n++) {
      visits_.push_back(rank_of[only[n]]);
      products_.push_back(products[visits_.back()]);
    }
  }
  // One more per visit, so that rows without any product count as work too.
  total_ = static_cast<double>(count_);
  for (const double each : products_) total_ += each;
}

void NeighborSearch::advance(Pool& pool, size_t threads, double products) {
  const double target = done_ + products;
  if (lanes_.empty()) lanes_.push_back(make_lane());
  while (next_ < count_ && done_ < target) {
    const size_t end = threads > 1 ? end_of_round(target - done_) : next_ + 1;
    if (end == next_ + 1) {
      visit_and_keep(*lanes_[0], next_, nullptr);
    } else {
      while (lanes_.size() < threads) lanes_.push_back(make_lane());
      deferred_.resize(lanes_.size());
      std::atomic<size_t> next{next_};
      pool.run(threads, [&](size_t lane) {
        for (size_t visit; (visit = next.fetch_add(1, std::memory_order_relaxed)) < end;) {
          visit_and_keep(*lanes_[lane], visit, &deferred_[lane]);
        }
      });
      for (size_t rank = next_; once_ && rank < end; rank++) bars_[rank] = nearest_[rank].bar(stride_);
      for (auto& list : deferred_) {
        for (const Mirrored& each : list) keep(each);
        list.clear();
      }
    }
    for (; next_ < end; next_++) done_ += products_[next_] + 1;
  }
  if (next_ == count_) done_ = total_;
}

// Rounds grow as bars rise; a visit defers at most one offer per product and per lower rank.
size_t NeighborSearch::end_of_round(double products) const {
  double pairs = 0, sum = 0;
  size_t end = next_;
  while (end < count_ && pairs < kDeferredPairs && sum < products) {
    pairs += once_ ? std::min(products_[end], static_cast<double>(end)) : 0;
    sum += products_[end++] + 1;
  }
  return end;
}

void NeighborSearch::visit_and_keep(Lane& lane, size_t visit_number, std::vector<Mirrored>* deferred) {
  const size_t rank = once_ ? visit_number : visits_[visit_number];
  Found found = {rank, &nearest_[visit_number], Nearest::kAnyScore, once_ ? bars_.data() : nullptr, deferred};
  visit(lane, found);
  // With other threads at work the bar stays as it was until the round is over: they read it.
  if (once_ && deferred == nullptr) bars_[rank] = found.own_bar;
}

void NeighborSearch::offer(Found& found, size_t other, double score) {
  if (score >= found.own_bar) found.own_bar = found.own->offer(stride_, {score, row_of_[other]});
  if (found.bars == nullptr || !(score >= found.bars[other])) return;
  const Mirrored mirrored = {static_cast<uint32_t>(found.rank), static_cast<uint32_t>(other), score};
  if (found.deferred) {
    found.deferred->push_back(mirrored);
  } else {
    keep(mirrored);
  }
}

void NeighborSearch::keep(const Mirrored& mirrored) {
  bars_[mirrored.other] = nearest_[mirrored.other].offer(stride_, {mirrored.score, row_of_[mirrored.rank]});
}

void NeighborSearch::write(const TopRows& answer, size_t first, size_t last) {
  for (size_t visit = first; visit < last; visit++) answer.write(once_ ? row_of_[visit] : visit, nearest_[visit].sorted());
}

}  // namespace kindred
