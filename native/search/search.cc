// Picks the way to search: by certified passes over encoded rows or over floats, or by scoring every row canonically. All give the
// same answer; what pays is in costs.h.
#include "search/search.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "isa/costs.h"
#include "matrix/matrix.h"
#include "search/certified.h"
#include "search/slices.h"

namespace kindred {

namespace {

// Rows scanned between two looks at the results: their sums stay in the level-1 cache, their bytes in level 2.
constexpr size_t kScanBlock = 64;

// Offers the rows of one block, whose sums have been finished to scores, to a query's best.
void offer(Best& best, const double* scores, size_t rows, size_t first_slot, const uint8_t* admit) {
  for (size_t r = 0; r < rows; r++) {
    if (scores[r] >= best.bar() && (admit == nullptr || admit[first_slot + r] != 0)) {
      best.offer(static_cast<uint32_t>(first_slot + r), scores[r]);
    }
  }
}

// Queries as the kernels want them: widened to float64, with their sums of squares and each thread's best rows so far.
struct Queries {
  Queries(const Snapshot& corpus, const double* wide, size_t count, const SearchOptions& options)
      : dim(corpus.dim), wide(wide), squares(count) {
    // Products of widened float32 are exact, so this is the float32 query's own sum too.
    for (size_t q = 0; q < count; q++) squares[q] = corpus.kernels->dot_f64(query(q), query(q), dim);
    best.assign(options.threads, std::vector<Best>(count, Best(std::min(options.k, corpus.size), options.min_score)));
  }

  const double* query(size_t q) const { return wide + q * dim; }

  // Whether each has found as many rows as it wants that no row behind them can surpass.
  bool are_answered(size_t thread, Metric metric) const {
    const std::vector<Best>& of_thread = best[thread];
    return std::all_of(of_thread.begin(), of_thread.end(), [&](const Best& each) { return each.bar() > highest_score(metric); });
  }

  size_t dim;
  const double* wide;
  std::vector<double> squares;
  std::vector<std::vector<Best>> best;  // [thread][query]
};

// Calls work(thread, block) for every block of rows, until no row that is still to come can be among a thread's best. False if the
// search was cancelled.
template <class Work>
bool share_blocks(const Snapshot& corpus, const Queries& queries, const SearchOptions& options, Work work) {
  return each_slice(options, corpus.blocks(), 1, [&](size_t thread, size_t number, size_t) {
    if (!queries.are_answered(thread, corpus.metric)) work(thread, corpus.block(number));
  });
}

bool admits_any(const uint8_t* admit, size_t first, size_t rows) {
  return admit == nullptr || std::any_of(admit + first, admit + first + rows, [](uint8_t a) { return a != 0; });
}

// Few queries: each reads the block of rows in turn, which then comes from the cache.
bool scan(const Snapshot& corpus, Queries& queries, const SearchOptions& options) {
  const RowSums sum_rows = corpus.kernels->of(corpus.dtype).sums_for(corpus.metric);
  return share_blocks(corpus, queries, options, [&](size_t thread, const Snapshot::Block& part) {
    const Chunk& chunk = *corpus.chunks[part.chunk];
    for (size_t first = part.first, rows; first < part.last; first += rows) {
      rows = chunk.run(first, std::min(first + kScanBlock, part.last));
      const size_t slot = part.chunk * corpus.chunk_rows + first;
      if (!admits_any(options.admit, slot, rows)) continue;
      double sums[kScanBlock];
      for (size_t q = 0; q < queries.squares.size(); q++) {
        sum_rows(queries.query(q), chunk.row(first), rows, corpus.dim, sums);
        Best& best = queries.best[thread][q];
        finish_scores_from(best.bar(), corpus.metric, queries.squares[q], chunk.squares_from(first), rows, sums);
        offer(best, sums, rows, slot, options.admit);
      }
    }
  });
}

// Many queries: all pairs by tiles, as in the similarity matrix.
bool multiply_all(const Snapshot& corpus, Queries& queries, const SearchOptions& options) {
  const CanonicalKernels& kernels = *corpus.kernels;
  const TileOp op = tile_op(corpus.metric, corpus.dtype);
  const size_t count = queries.squares.size(), block = block_rows(kNear, kernels.tile_columns, corpus.dim);
  struct Scratch {
    Panels queries, rows;
    AlignedDoubles sums;
  };
  std::vector<Scratch> scratches;
  for (size_t t = 0; t < options.threads; t++) {
    scratches.push_back({Panels(kernels.tile_rows, corpus.dim, count), Panels(kernels.tile_columns, corpus.dim, block),
                     AlignedDoubles(count * block)});
    scratches.back().queries.pack(queries.wide, count);
  }
  return share_blocks(corpus, queries, options, [&](size_t thread, const Snapshot::Block& part) {
    Scratch& scratch = scratches[thread];
    const Chunk& chunk = *corpus.chunks[part.chunk];
    for (size_t first = part.first, rows; first < part.last; first += rows) {
      rows = chunk.run(first, std::min(first + block, part.last));
      const size_t slot = part.chunk * corpus.chunk_rows + first;
      if (!admits_any(options.admit, slot, rows)) continue;
      scratch.rows.pack(corpus.dtype, chunk.row(first), rows);
      multiply(kernels, op, scratch.queries, scratch.rows, 0, scratch.sums.data(), rows);
      for (size_t q = 0; q < count; q++) {
        double* line = scratch.sums.data() + q * rows;
        Best& best = queries.best[thread][q];
        finish_scores_from(best.bar(), corpus.metric, queries.squares[q], chunk.squares_from(first), rows, line);
        offer(best, line, rows, slot, options.admit);
      }
    }
  });
}

// Every row scored canonically, for queries that go together.
bool search_all(Way way, const Snapshot& corpus, const double* wide, const size_t* numbers, size_t count,
                const SearchOptions& options, const TopRows& answer) {
  Queries queries(corpus, wide, count, options);
  const bool finished =
      way == Way::kScan ? scan(corpus, queries, options) : multiply_all(corpus, queries, options);
  if (!finished) return false;
  const size_t k = std::min(options.k, corpus.size);
  for (size_t q = 0; q < count; q++) {
    answer.write(numbers[q], best_of(queries.best, q, k));
  }
  return true;
}

// Queries searched together: bounds what a search holds. Half codes keep four bytes for each strip and each of them.
constexpr size_t kMostQueries = 1024, kMostHalfCodeQueries = 64;
// Rows of so many bytes in all may lie in a cache.
constexpr size_t kCacheBytes = 16 << 20;

bool scores_all(Way way) { return way == Way::kScan || way == Way::kTiles; }

// Whether the corpus can go this way at all.
bool is_open(Way way, const Snapshot& corpus) {
  const bool reads_codes = !scores_all(way) && way != Way::kFloats;
  return has_kernels(way, corpus.filter, corpus.dtype) && (corpus.encoded_rows > 0 || !reads_codes);
}

size_t group_of(Way way, const Snapshot& corpus) {
  if (way == Way::kHalfCodes) return kMostHalfCodeQueries;
  return scores_all(way) ? std::min(kMostQueries, block_rows(kFar, corpus.kernels->tile_rows, corpus.dim)) : kMostQueries;
}

// What answers the queries that strips left over.
Way way_of_rest(const Snapshot& corpus, size_t count) {
  const bool by_codes = is_open(Way::kCodes, corpus) && count >= corpus.costs->half_codes_for(corpus.dim);
  return by_codes ? Way::kCodes : Way::kPlanes;
}

// What filters rows on this way.
bool (*pass_of(Way way))(CertifiedSearch&) {
  switch (way) {
    case Way::kPlanes:
      return plane_pass;
    case Way::kHalfCodes:
      return half_code_pass;
    case Way::kCodes:
      return code_pass;
    default:
      return float_pass;
  }
}

// Whether few strips can hold an answer: not if many rows are wanted, or if most are left out, whose bounds count all the same.
bool tells_strips_apart(const Snapshot& corpus, const SearchOptions& options) {
  constexpr size_t kFewStrips = 8;
  if (options.k > corpus.size / kStrip / kFewStrips) return false;
  if (options.admit == nullptr) return true;
  const auto left_out = static_cast<size_t>(std::count(options.admit, options.admit + corpus.size, 0));
  return 2 * left_out <= corpus.size;
}

// Threads are woken for so many products at least.
constexpr double kWorthAThread = 1 << 22;

// Queries side by side in `wide`, whose answers are these numbers; `counts` gets more.
bool search_certified(Way way, const Snapshot& corpus, const double* wide, const std::vector<size_t>& numbers,
                      const SearchOptions& options, const TopRows& answer, SearchCounts& counts) {
  CertifiedSearch certified(corpus, options, wide, numbers.size());
  if (!pass_of(way)(certified) || !certified.finish(answer, numbers)) return false;
  if (certified.used_coarse) {
    counts.add_coarse(certified.coarse_left);
  } else if (counts.coarse != SearchCounts::kNotUsed) {
    // Of queries that strips left over, every row was looked at.
    counts.add_coarse(numbers.size() * corpus.size);
  }
  counts.fine += certified.fine_left;
  counts.scored += certified.scored;
  const Rest given_up(certified, numbers, [](const Query& query) { return query.threshold.given_up(); });
  corpus.history->given_up(static_cast<double>(given_up.numbers.size()) / static_cast<double>(numbers.size()), numbers.size());
  counts.fine += given_up.numbers.size() * corpus.size;
  counts.scored += given_up.numbers.size() * corpus.size;
  if (!score_all_rows(corpus, given_up.wide.data(), given_up.numbers, options, answer)) return false;
  const Rest left(certified, numbers, [](const Query& query) { return query.is_left_over && !query.threshold.given_up(); });
  if (left.numbers.empty()) return true;
  return search_certified(way_of_rest(corpus, left.numbers.size()), corpus, left.wide.data(), left.numbers, options, answer, counts);
}

// How every row is scored for so many queries.
Way way_of_all(const Snapshot& corpus, size_t count) { return count < corpus.costs->tiles ? Way::kScan : Way::kTiles; }

}  // namespace

bool score_all_rows(const Snapshot& corpus, const double* wide, const std::vector<size_t>& numbers, const SearchOptions& options,
                    const TopRows& answer) {
  const Way way = way_of_all(corpus, numbers.size());
  const size_t group = group_of(way, corpus);
  for (size_t first = 0; first < numbers.size(); first += group) {
    const size_t count = std::min(group, numbers.size() - first);
    if (!search_all(way, corpus, wide + first * corpus.dim, numbers.data() + first, count, options, answer)) return false;
  }
  return true;
}

bool has_kernels(Way way, const Filter* filter, Dtype dtype) {
  if (scores_all(way)) return true;
  if (way == Way::kByCosts || filter == nullptr) return false;
  if (way == Way::kFloats) return dtype != Dtype::kFloat64;
  return way == Way::kPlanes || filter->code_products != nullptr;
}

Way way_for(const Snapshot& corpus, size_t count, const SearchOptions& options) {
  const Costs& costs = *corpus.costs;
  if (is_open(corpus.way, corpus)) return corpus.way;
  const Way all = way_of_all(corpus, count);
  const bool selective = options.k <= corpus.size / costs.part || std::isfinite(options.min_score);
  if (!selective || !options.filters_pay || corpus.filter == nullptr) return all;
  const bool floats = count >= costs.floats && is_open(Way::kFloats, corpus);
  if (corpus.encoded_rows == 0 || 2 * corpus.encoded_rows < corpus.size) return floats ? Way::kFloats : all;
  const bool multiplies_codes = is_open(Way::kCodes, corpus);
  if (multiplies_codes && count >= costs.codes_for(corpus.dim)) return Way::kCodes;
  // Short rows in a cache are scored about as fast as they are sifted.
  if (corpus.dim < costs.elements && corpus.size * corpus.dim * sizeof(float) < kCacheBytes) return all;
  if (multiplies_codes && count >= costs.half_codes_for(corpus.dim)) {
    // Half of the bytes are read in half the time only where reading takes time.
    const bool halves = options.four_bits_tell_strips && corpus.size * corpus.dim >= kCacheBytes;
    return halves && tells_strips_apart(corpus, options) ? Way::kHalfCodes : Way::kCodes;
  }
  // For many queries eight bits by planes are no faster than a float32 matrix product: with AVX2 8 queries on 16,384 rows of
  // 256 take half of its time, 20 as much.
  constexpr size_t kMany = 20;
  return !multiplies_codes && floats && count >= kMany && !options.four_bits_tell_rows ? Way::kFloats : Way::kPlanes;
}

size_t threads_for(const Snapshot& corpus, size_t count, const Pool& pool) {
  const size_t allowed = corpus.threads != 0 ? corpus.threads : pool.cores();
  const double products = static_cast<double>(corpus.size) * static_cast<double>(corpus.dim) * static_cast<double>(count);
  return std::max<size_t>(1, std::min({allowed, corpus.blocks(), static_cast<size_t>(products / kWorthAThread)}));
}

size_t count_given_up(const Snapshot& corpus, const double* wide, size_t count, const SearchOptions& options) {
  const Way way = way_for(corpus, count, options);
  if (scores_all(way)) return 0;
  CertifiedSearch certified(corpus, options, wide, count);
  pass_of(way)(certified);
  const auto gave_up = [](const Query& query) { return query.threshold.given_up(); };
  return static_cast<size_t>(std::count_if(certified.queries.begin(), certified.queries.end(), gave_up));
}

namespace {

// Groups of queries, which wide_of(first, count) has in float64.
template <class WideOf>
bool search_groups(const Snapshot& corpus, size_t query_count, SearchOptions options, const TopRows& answer, SearchCounts* counts,
                   WideOf wide_of) {
  SearchCounts sum;
  sum.queries = query_count;
  sum.rows = corpus.size;
  if (options.min_score > highest_score(corpus.metric)) {
    std::fill_n(answer.counts, query_count, 0);
    if (counts != nullptr) *counts = sum;
    return true;
  }
  options.filters_pay = corpus.history->filters_pay();
  if (corpus.encoded_rows > 0) {
    options.four_bits_tell_strips = corpus.history->tell_strips();
    options.four_bits_tell_rows = corpus.history->tell_rows();
  }
  const Way way = way_for(corpus, query_count, options);
  const size_t group = group_of(way, corpus);
  if (!scores_all(way)) sum.fine = 0;
  for (size_t first = 0; first < query_count; first += group) {
    std::vector<size_t> numbers(std::min(group, query_count - first));
    std::iota(numbers.begin(), numbers.end(), first);
    const double* wide = wide_of(first, numbers.size());
    if (scores_all(way)) {
      if (!search_all(way, corpus, wide, numbers.data(), numbers.size(), options, answer)) return false;
      sum.scored += numbers.size() * corpus.size;
    } else if (!search_certified(way, corpus, wide, numbers, options, answer, sum)) {
      return false;
    }
  }
  // Rows that were scored before a query gave up count once.
  sum.scored = std::min<uint64_t>(sum.scored, query_count * corpus.size);
  if (counts != nullptr) *counts = sum;
  return true;
}

}  // namespace

bool search(const Snapshot& corpus, const uint8_t* queries, size_t query_count, SearchOptions options, const TopRows& answer,
            SearchCounts* counts) {
  const std::shared_ptr<Pool> pool = Pool::shared();
  options.pool = pool.get();
  options.threads = threads_for(corpus, query_count, *pool);
  const Dtype dtype = query_dtype(corpus.dtype);
  const size_t query_bytes = corpus.dim * element_bytes(dtype);
  std::vector<double> wide;
  return search_groups(corpus, query_count, options, answer, counts, [&](size_t first, size_t count) {
    wide.resize(count * corpus.dim);
    widen_row(dtype, queries + first * query_bytes, wide.size(), wide.data());
    return wide.data();
  });
}

bool search(const Snapshot& corpus, const double* wide, size_t query_count, const SearchOptions& options, const TopRows& answer,
            SearchCounts* counts) {
  const auto wide_of = [&](size_t first, size_t) { return wide + first * corpus.dim; };
  return search_groups(corpus, query_count, options, answer, counts, wide_of);
}

}  // namespace kindred
