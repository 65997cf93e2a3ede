// The nearest rows of every row by canonical scores alone: each pair is scored once, by tiles, for both of its rows.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "order/best.h"
#include "rows/snapshot.h"
#include "search/search_request.h"

namespace kindred {

class GraphTiles {
 public:
  GraphTiles(const Snapshot& corpus, size_t k, double min_score);
  // What all rows remember at most.
  static size_t bytes(size_t rows, size_t k);

  // Answers rows of which pairs with those answered before have been scored, after scoring pairs with each other and with rows that are
  // still to `come`. Both are ascending slots. False if it was cancelled.
  bool run(const std::vector<uint32_t>& rows, const std::vector<uint32_t>& coming, const SearchOptions& options,
           const TopRows& answer);

 private:
  const Snapshot& corpus_;
  size_t k_;
  double min_score_;
  std::vector<Best> best_;  // of rows still to come, by slot
};

}  // namespace kindred
