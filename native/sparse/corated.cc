// Each pair has norms (and for Pearson means) of its own, so several sums grow side by side.
#include "sparse/corated.h"

#include <cmath>

#include "sparse/columns.h"
#include "sparse/neighbors.h"

namespace kindred {

namespace {

class CoratedSearch final : public NeighborSearch {
 public:
  CoratedSearch(const SparseRows& matrix, const NeighborOptions& options, const uint32_t* only, size_t only_count)
      : NeighborSearch(options.stride),
        columns_(matrix, false, only == nullptr, [&](size_t p) { return matrix.values[p]; }),
        options_(options) {
    std::vector<double> products(columns_.row_of.size());
    for (size_t rank = 0; rank < products.size(); rank++) products[rank] = static_cast<double>(columns_.products(rank));
    begin(columns_.row_of, products, only, only_count);
  }

 private:
  // Over the columns that the visited row and another have in common.
  struct Pair {
    uint32_t common = 0;
    double own_mean = 0, other_mean = 0;  // sums, until all columns are known
    double dot = 0, own_squares = 0, other_squares = 0;
  };
  struct Pairs : Lane {
    std::vector<Pair> pairs;         // by rank of the other; all as new between visits
    std::vector<uint32_t> touched;   // ranks that share a column
  };

  std::unique_ptr<Lane> make_lane() const override {
    auto lane = std::make_unique<Pairs>();
    lane->pairs.resize(columns_.row_of.size());
    return lane;
  }

  void visit(Lane& lane, Found& found) override {
    Pairs& at = static_cast<Pairs&>(lane);
    count(at, found.rank);
    if (options_.similarity == Similarity::kPearson) {
      for (const uint32_t other : at.touched) {
        Pair& pair = at.pairs[other];
        pair.own_mean /= pair.common;
        pair.other_mean /= pair.common;
      }
      multiply(at, found.rank, [](const Pair& pair, double own, double other) {
        return Operands{own - pair.own_mean, other - pair.other_mean};
      });
    } else {
      multiply(at, found.rank, [](const Pair&, double own, double other) { return Operands{own, other}; });
    }
    for (const uint32_t other : at.touched) {
      const Pair& pair = at.pairs[other];
      const double scale = std::sqrt(pair.own_squares * pair.other_squares) + options_.shrinkage;
      const double score = pair.dot / scale;
      if (other != found.rank && pair.common >= options_.min_support && score > 0) offer(found, other, score > 1 ? 1 : score);
      at.pairs[other] = Pair();
    }
    at.touched.clear();
  }

  struct Operands {
    double own, other;
  };

  void count(Pairs& at, size_t rank) const {
    for (size_t e = columns_.first[rank]; e < columns_.first[rank + 1]; e++) {
      const Run run = columns_.runs[e];
      for (size_t n = run.begin; n < run.end; n++) {
        Pair& pair = at.pairs[columns_.ranks[n]];
        if (pair.common++ == 0) at.touched.push_back(columns_.ranks[n]);
        pair.own_mean += columns_.own[e];
        pair.other_mean += columns_.values[n];
      }
    }
  }

  template <class Prepare>
  void multiply(Pairs& at, size_t rank, Prepare prepare) const {
    for (size_t e = columns_.first[rank]; e < columns_.first[rank + 1]; e++) {
      const Run run = columns_.runs[e];
      for (size_t n = run.begin; n < run.end; n++) {
        Pair& pair = at.pairs[columns_.ranks[n]];
        const Operands operands = prepare(pair, columns_.own[e], columns_.values[n]);
        pair.dot += operands.own * operands.other;
        pair.own_squares += operands.own * operands.own;
        pair.other_squares += operands.other * operands.other;
      }
    }
  }

  const Columns<uint32_t, float> columns_;
  const NeighborOptions options_;
};

}  // namespace

std::unique_ptr<NeighborTask> open_corated(const SparseRows& matrix, const NeighborOptions& options, const uint32_t* only,
                                           size_t only_count) {
  return std::make_unique<CoratedSearch>(matrix, options, only, only_count);
}

}  // namespace kindred
