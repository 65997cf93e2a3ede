// Nearest rows by similarities over all columns: one sum of products for each pair of rows, by Gustavson's row-wise product
// (1978). Every level shares it: adding to scattered places gains nothing from wider registers.
#include "sparse/full.h"

#include <cmath>
#include <numeric>

#include "order/signs.h"
#include "sparse/columns.h"
#include "sparse/neighbors.h"

namespace kindred {

namespace {

// Pairs scored together: enough for the compiler to fill registers, few enough that most blocks hold no candidate.
constexpr size_t kBlock = 16;
// Runs that are asked for before they are used.
constexpr size_t kAhead = 2;
constexpr size_t kCacheLine = 64;
// Makes up for the few roundings of a score and of what it is compared with (docs/internals/exactness.md, "Scores without roots").
constexpr double kGenerously = 1 + 0x1p-48;

// Scores from the sum of products and, where they ask for it, the number of columns in common.
struct Cosine {
  std::vector<double> squares;  // by rank
  std::vector<double> norms;    // their roots
  double unit;                  // turns a sum into that of the values themselves
  double shrinkage;
  double of(size_t rank, size_t other, double sum) const {
    const double cosine = sum * unit / (std::sqrt(squares[rank] * squares[other]) + shrinkage);
    return cosine > 1 ? 1 : cosine;  // 0 / 0 stays what it is, and is no candidate
  }
  // What the sum lacks for a score of `bar` > 0, below 0 if it may suffice: without root and quotient.
  double lacks(double bar, size_t rank, size_t other, double sum) const {
    return bar * (norms[rank] * norms[other] + shrinkage) - sum * (unit * kGenerously);
  }
};
// Jaccard (1, 1) and Dice (2, 0): `times` times the columns in common, over the sizes of both rows, of which Jaccard counts common
// columns once. A product with 0 or 1 changes no bit.
struct Sets {
  std::vector<double> sizes;  // by rank
  double times, once;
  double shrinkage;
  double of(size_t rank, size_t other, double common) const {
    return times * common / ((sizes[rank] + sizes[other] - once * common) + shrinkage);
  }
  double lacks(double bar, size_t rank, size_t other, double common) const {
    return bar * ((sizes[rank] + sizes[other] - once * common) + shrinkage) - common * (times * kGenerously);
  }
};

// Sum is the type of the sums: int32_t where they are exact in it, else double. Value: see Columns; kOnes without values.
template <class Score, class Index, class Value, class Sum, bool kOnes, bool kCounted>
class FullSearch final : public NeighborSearch {
 public:
  using Layout = Columns<Index, Value>;

  FullSearch(Layout columns, Score score, const NeighborOptions& options, const uint32_t* only, size_t only_count)
      : NeighborSearch(options.stride), columns_(std::move(columns)), score_(std::move(score)), min_support_(options.min_support),
        once_(only == nullptr) {
    std::vector<double> products(columns_.row_of.size());
    for (size_t rank = 0; rank < products.size(); rank++) products[rank] = static_cast<double>(columns_.products(rank));
    begin(columns_.row_of, products, only, only_count);
  }

 private:
  // All 0 between visits. Padded, so that blocks may be cleared whole.
  struct Sums : Lane {
    std::vector<Sum> sums;
    std::vector<uint32_t> counts;
  };

  std::unique_ptr<Lane> make_lane() const override {
    auto lane = std::make_unique<Sums>();
    lane->sums.resize(columns_.row_of.size() + kBlock);
    if (kCounted) lane->counts.resize(columns_.row_of.size() + kBlock);
    return lane;
  }

  void visit(Lane& lane, Found& found) override {
    Sums& at = static_cast<Sums&>(lane);
    const size_t rank = found.rank, limit = once_ ? rank : columns_.row_of.size();
    const size_t terms = add(at, rank);
    // Whichever is shorter: a sweep over all sums, or the same walk again.
    if (terms >= limit) {
      sweep(at, found, limit);
    } else {
      for (size_t e = columns_.first[rank]; e < columns_.first[rank + 1]; e++) {
        const Run run = columns_.runs[e];
        for (size_t n = run.begin; n < run.end; n++) take(at, found, columns_.ranks[n]);
      }
    }
  }

  // Adds up the products with every other row by ascending column. Returns how many there were.
  size_t add(Sums& at, size_t rank) const {
    Sum* __restrict sums = at.sums.data();
    uint32_t* __restrict counts = at.counts.data();
    const Index* __restrict ranks = columns_.ranks.data();
    const Value* __restrict values = columns_.values.data();
    size_t terms = 0;
    const size_t end = columns_.first[rank + 1];
    for (size_t e = columns_.first[rank]; e < end; e++) {
      const Run run = columns_.runs[e];
      terms += run.end - run.begin;
      if (e + kAhead < end) ask_for(columns_.runs[e + kAhead]);
      if constexpr (kOnes) {
        for (size_t n = run.begin; n < run.end; n++) sums[ranks[n]] += 1;
      } else {
        const Sum own = static_cast<Sum>(columns_.own[e]);
        for (size_t n = run.begin; n < run.end; n++) {
          sums[ranks[n]] += own * static_cast<Sum>(values[n]);
          if constexpr (kCounted) counts[ranks[n]]++;
        }
      }
    }
    return terms;
  }

  // Runs lie scattered over memory, too short for the CPU to read ahead: asking took 10,000 rows of float values from 700 to 430 ms.
  void ask_for(Run run) const {
#if defined(__GNUC__)
    for (size_t n = run.begin; n < run.end; n += kCacheLine / sizeof(Index)) __builtin_prefetch(&columns_.ranks[n]);
    if constexpr (!kOnes) {
      for (size_t n = run.begin; n < run.end; n += kCacheLine / sizeof(Value)) __builtin_prefetch(&columns_.values[n]);
    }
#endif
  }

  bool supported(const Sums& at, size_t other) const {
    if constexpr (kOnes) return static_cast<uint32_t>(at.sums[other]) >= min_support_;
    if constexpr (kCounted) return at.counts[other] >= min_support_;
    return true;
  }

  void sweep(Sums& at, Found& found, size_t limit) {
    size_t start = 0;
    for (; start + kBlock <= limit; start += kBlock) {
      double lacking[kBlock];
      lack(at, found, start, lacking);
      if (!any_negative(lacking)) continue;
      for (size_t n = 0; n < kBlock; n++) {
        if (lacking[n] < 0) consider(at, found, start + n);
      }
    }
    for (size_t other = start; other < limit; other++) look_at(at, found, other);
    std::fill_n(at.sums.begin(), limit, Sum(0));
    if (kCounted) std::fill_n(at.counts.begin(), limit, 0u);
  }

  // What each sum of a block lacks to be of use to either row.
  void lack(const Sums& at, const Found& found, size_t start, double (&lacking)[kBlock]) const {
    if (found.bars == nullptr) {
      for (size_t n = 0; n < kBlock; n++) lacking[n] = lacks(at, found.own_bar, found.rank, start + n);
    } else {
      for (size_t n = 0; n < kBlock; n++) lacking[n] = lacks(at, lower_bar(found, start + n), found.rank, start + n);
    }
  }

  double lacks(const Sums& at, double bar, size_t rank, size_t other) const {
    return score_.lacks(bar, rank, other, static_cast<double>(at.sums[other]));
  }

  static double lower_bar(const Found& found, size_t other) {
    return found.bars[other] < found.own_bar ? found.bars[other] : found.own_bar;
  }

  void look_at(const Sums& at, Found& found, size_t other) {
    const double bar = found.bars == nullptr ? found.own_bar : lower_bar(found, other);
    if (lacks(at, bar, found.rank, other) < 0) consider(at, found, other);
  }

  void consider(const Sums& at, Found& found, size_t other) {
    const double score = score_.of(found.rank, other, static_cast<double>(at.sums[other]));
    const bool useful = score >= found.own_bar || (found.bars && score >= found.bars[other]);
    if (useful && other != found.rank && supported(at, other)) offer(found, other, score);
  }

  // Leaves 0 behind, so that nothing is taken twice.
  void take(Sums& at, Found& found, size_t other) {
    const Sum sum = at.sums[other];
    if (sum != 0) look_at(at, found, other);
    at.sums[other] = 0;
    if (kCounted) at.counts[other] = 0;
  }

  const Layout columns_;
  const Score score_;
  const uint32_t min_support_;
  const bool once_;
};

struct Request {
  const SparseRows& matrix;
  const NeighborOptions& options;
  const uint32_t* only;
  size_t only_count;
};

template <class Index, class Value, class Sum, bool kOnes, bool kCounted, class MakeScore, class ValueOf>
std::unique_ptr<NeighborTask> open_as(const Request& request, MakeScore make_score, ValueOf value_of) {
  Columns<Index, Value> columns(request.matrix, kOnes, request.only == nullptr, value_of);
  auto score = make_score(columns.row_of);
  return std::make_unique<FullSearch<decltype(score), Index, Value, Sum, kOnes, kCounted>>(
      std::move(columns), std::move(score), request.options, request.only, request.only_count);
}

template <class Value, class Sum, bool kOnes, bool kCounted, class MakeScore, class ValueOf>
std::unique_ptr<NeighborTask> open_with(const Request& request, MakeScore make_score, ValueOf value_of) {
  if (request.matrix.rows <= 65536) return open_as<uint16_t, Value, Sum, kOnes, kCounted>(request, make_score, value_of);
  return open_as<uint32_t, Value, Sum, kOnes, kCounted>(request, make_score, value_of);
}

template <class Value, class Sum, class MakeScore, class ValueOf>
std::unique_ptr<NeighborTask> open_counted(const Request& request, MakeScore make_score, ValueOf value_of) {
  if (request.options.min_support > 1) return open_with<Value, Sum, false, true>(request, make_score, value_of);
  return open_with<Value, Sum, false, false>(request, make_score, value_of);
}

// Of each rank, what `of_row` says of its row.
template <class OfRow>
std::vector<double> by_rank(const std::vector<uint32_t>& row_of, OfRow of_row) {
  std::vector<double> values(row_of.size());
  for (size_t rank = 0; rank < values.size(); rank++) values[rank] = of_row(row_of[rank]);
  return values;
}

// Squares of each row added by ascending column; `value_of(p)` in float64.
template <class ValueOf>
auto cosine_maker(const Request& request, double unit, ValueOf value_of) {
  return [=, &request](const std::vector<uint32_t>& row_of) {
    const uint32_t* indptr = request.matrix.indptr;
    const auto sum_of_squares = [&](uint32_t row) {
      double squares = 0;
      for (size_t p = indptr[row]; p < indptr[row + 1]; p++) squares += value_of(p) * value_of(p);
      return squares;
    };
    std::vector<double> squares = by_rank(row_of, sum_of_squares), norms(squares);
    for (double& each : norms) each = std::sqrt(each);
    return Cosine{std::move(squares), std::move(norms), unit, request.options.shrinkage};
  };
}

std::unique_ptr<NeighborTask> open_cosine(const Request& request) {
  const float* values = request.matrix.values;
  const auto value_of = [values](size_t p) { return static_cast<double>(values[p]); };
  const auto [how, scale] = compactness_of(request.matrix);
  if (how == Compact::kOnes) {
    return open_with<uint8_t, int32_t, true, false>(request, cosine_maker(request, 1, value_of), value_of);
  }
  if (how == Compact::kIntegers) {
    const double factor = scale;
    const auto scaled = [values, factor](size_t p) { return values[p] * factor; };
    return open_counted<uint8_t, int32_t>(request, cosine_maker(request, 1 / (factor * factor), value_of), scaled);
  }
  return open_counted<float, double>(request, cosine_maker(request, 1, value_of), value_of);
}

// Full Pearson is the cosine of rows from which their own mean was taken, over what they have.
std::unique_ptr<NeighborTask> open_pearson(const Request& request) {
  const SparseRows& matrix = request.matrix;
  std::vector<double> centred(matrix.indptr[matrix.rows]);
  for (size_t row = 0; row < matrix.rows; row++) {
    const size_t begin = matrix.indptr[row], end = matrix.indptr[row + 1];
    const double mean = std::accumulate(matrix.values + begin, matrix.values + end, 0.0) / static_cast<double>(end - begin);
    for (size_t p = begin; p < end; p++) centred[p] = matrix.values[p] - mean;
  }
  const double* values = centred.data();
  const auto value_of = [values](size_t p) { return values[p]; };
  return open_counted<double, double>(request, cosine_maker(request, 1, value_of), value_of);
}

std::unique_ptr<NeighborTask> open_sets(const Request& request, double times, double once) {
  const auto make_score = [&](const std::vector<uint32_t>& row_of) {
    const uint32_t* indptr = request.matrix.indptr;
    const auto size = [&](uint32_t row) { return static_cast<double>(indptr[row + 1] - indptr[row]); };
    return Sets{by_rank(row_of, size), times, once, request.options.shrinkage};
  };
  return open_with<uint8_t, int32_t, true, false>(request, make_score, [](size_t) { return 1.0; });
}

}  // namespace

std::unique_ptr<NeighborTask> open_full(const SparseRows& matrix, const NeighborOptions& options, const uint32_t* only,
                                        size_t only_count) {
  const Request request = {matrix, options, only, only_count};
  switch (options.similarity) {
    case Similarity::kCosine:
      return open_cosine(request);
    case Similarity::kPearson:
      return open_pearson(request);
    case Similarity::kJaccard:
      return open_sets(request, 1, 1);
    case Similarity::kDice:
      return open_sets(request, 2, 0);
  }
  return nullptr;
}

}  // namespace kindred
