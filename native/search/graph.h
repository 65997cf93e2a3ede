// The nearest rows of every row, a block of rows after the other.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "search/candidates.h"
#include "search/certified.h"
#include "search/graph_tiles.h"
#include "search/search.h"

namespace kindred {

class Graph {
 public:
  // `admit` says which rows take part; the answer to each may name itself. Null where a search for each row is all there is.
  static std::shared_ptr<Graph> open(Snapshot corpus, size_t k, double min_score, const uint8_t* admit);

  size_t blocks() const { return starts_.size() - 1; }
  size_t stride() const { return std::min(options_.k, corpus_.size); }
  // The rows whose answers block `number` is.
  std::vector<uint32_t> rows(size_t number) const;

  // Finds the answers of this block and of those before it, unless they were found. Of several threads that ask one works and the
  // others wait. False if it was cancelled, now or before: then the graph is of no more use.
  bool run(size_t number, const std::atomic<bool>* cancel);
  // Copies the answers of block `number`, the last one found. False if they are gone or not there yet.
  bool take(size_t number, const TopRows& to) const;
  // How the search for the last block went.
  SearchCounts counted() const;

 private:
  friend class GraphPass;

  // How rows of a block are found: by products of codes, or scores, that tell both rows of a pair what they may be to each other; or
  // each by a search.
  enum class Means { kPairs, kTiles, kSearches };

  Graph(Snapshot corpus, const SearchOptions& options, std::vector<uint8_t> admit);

  Means choose() const;
  bool tells_rows_apart() const;
  bool run_next(const std::atomic<bool>* cancel);
  bool run_pairs(const std::vector<uint32_t>& rows, const std::vector<double>& wide, const TopRows& answer);
  std::vector<double> widened(const std::vector<uint32_t>& rows) const;
  EncodedStrip strip(uint32_t number) const;

  const Snapshot corpus_;
  const std::vector<uint8_t> admit_;
  SearchOptions options_;
  // Strips whose rows take part, those of a block next to each other. A block is spread over all rows, so that the first tells what
  // every row may expect. Rows behind the last whole strip belong to the first block.
  std::vector<uint32_t> order_;
  std::vector<size_t> starts_;  // of blocks in `order_`, and its end

  Means means_ = Means::kSearches;  // chosen with the first block
  std::unique_ptr<GraphTiles> tiles_;

  // What rows whose block is still to come know already.
  std::vector<Candidates> candidates_;
  std::unique_ptr<Threshold[]> thresholds_;
  std::atomic<size_t> bytes_{0};       // of these candidates
  std::atomic<bool> remembers_{true};  // until they take too much

  mutable std::mutex mutex_;  // held while a block is being searched; guards all but what `rows` reads
  size_t next_ = 0;
  bool broken_ = false;
  std::vector<uint32_t> counts_, positions_;
  std::vector<double> scores_;
  SearchCounts counted_;
};

}  // namespace kindred
