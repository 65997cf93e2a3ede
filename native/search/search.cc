// Picks the way to search: by certified passes over encoded rows or over floats, or by scoring every row canonically. All give the
// same answer; what pays is in costs.h.
#include "search/search.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "isa/costs.h"
#include "machine/pool.h"
#include "matrix/matrix.h"
#include "search/certified.h"

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

  size_t dim;
  const double* wide;
  std::vector<double> squares;
  std::vector<std::vector<Best>> best;  // [thread][query]
};

// Calls work(thread, block) for every block of rows, on as many threads as the search has; each thread gets ascending ones. False if
// the search was cancelled.
template <class Work>
bool share_blocks(const Snapshot& corpus, const SearchOptions& options, Work work) {
  std::atomic<size_t> next{0};
  const auto cancelled = [&] { return options.cancel != nullptr && options.cancel->load(std::memory_order_relaxed); };
  const auto share = [&](size_t thread) {
    const size_t all = corpus.blocks();
    for (size_t block; !cancelled() && (block = next.fetch_add(1, std::memory_order_relaxed)) < all;) {
      work(thread, corpus.block(block));
    }
  };
  if (options.threads <= 1) {
    share(0);
  } else {
    options.pool->run(options.threads, share);
  }
  return !cancelled();
}

bool admits_any(const uint8_t* admit, size_t first, size_t rows) {
  return admit == nullptr || std::any_of(admit + first, admit + first + rows, [](uint8_t a) { return a != 0; });
}

// Few queries: each reads the block of rows in turn, which then comes from the cache.
bool scan(const Snapshot& corpus, Queries& queries, const SearchOptions& options) {
  const RowSums sum_rows = corpus.kernels->of(corpus.dtype).sums_for(corpus.metric);
  return share_blocks(corpus, options, [&](size_t thread, const Snapshot::Block& part) {
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
  return share_blocks(corpus, options, [&](size_t thread, const Snapshot::Block& part) {
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

// Every row scored canonically.
bool search_all(Way way, const Snapshot& corpus, const double* wide, size_t count, const SearchOptions& options,
                const TopRows& answer, size_t first_answer) {
  Queries queries(corpus, wide, count, options);
  const bool finished =
      way == Way::kScan ? scan(corpus, queries, options) : multiply_all(corpus, queries, options);
  if (!finished) return false;
  const size_t k = std::min(options.k, corpus.size);
  for (size_t q = 0; q < count; q++) {
    std::vector<Hit> best = queries.best[0][q].sorted();
    for (size_t t = 1; t < options.threads; t++) {
      const std::vector<Hit>& more = queries.best[t][q].sorted();
      const auto middle = static_cast<ptrdiff_t>(best.size());
      best.insert(best.end(), more.begin(), more.end());
      std::inplace_merge(best.begin(), best.begin() + middle, best.end(), precedes);
      if (best.size() > k) best.resize(k);
    }
    answer.write(first_answer + q, best);
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
  std::vector<double> rest;
  std::vector<size_t> numbers_of_rest;
  for (size_t q = 0; q < numbers.size(); q++) {
    if (!certified.queries[q].is_left_over) continue;
    rest.insert(rest.end(), wide + q * corpus.dim, wide + (q + 1) * corpus.dim);
    numbers_of_rest.push_back(numbers[q]);
  }
  if (rest.empty()) return true;
  return search_certified(way_of_rest(corpus, numbers_of_rest.size()), corpus, rest.data(), numbers_of_rest, options, answer, counts);
}

}  // namespace

bool has_kernels(Way way, const Filter* filter, Dtype dtype) {
  if (scores_all(way)) return true;
  if (way == Way::kByCosts || filter == nullptr) return false;
  if (way == Way::kFloats) return dtype != Dtype::kFloat64;
  return way == Way::kPlanes || filter->code_products != nullptr;
}

Way way_for(const Snapshot& corpus, size_t count, const SearchOptions& options) {
  const Costs& costs = *corpus.costs;
  if (is_open(corpus.way, corpus)) return corpus.way;
  const Way all = count < costs.tiles ? Way::kScan : Way::kTiles;
  const bool selective = options.k <= corpus.size / costs.part || std::isfinite(options.min_score);
  if (!selective || corpus.filter == nullptr) return all;
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

bool search(const Snapshot& corpus, const uint8_t* queries, size_t query_count, SearchOptions options,
            const TopRows& answer, SearchCounts* counts) {
  const std::shared_ptr<Pool> pool = Pool::shared();
  options.pool = pool.get();
  options.threads = threads_for(corpus, query_count, *pool);
  const size_t query_bytes = corpus.dim * element_bytes(query_dtype(corpus.dtype));
  if (corpus.encoded_rows > 0) {
    options.four_bits_tell_strips = corpus.history->tell_strips();
    options.four_bits_tell_rows = corpus.history->tell_rows();
  }
  const Way way = way_for(corpus, query_count, options);
  const size_t group = group_of(way, corpus);
  SearchCounts sum;
  sum.queries = query_count;
  sum.rows = corpus.size;
  if (!scores_all(way)) sum.fine = 0;
  std::vector<double> wide(std::min(group, query_count) * corpus.dim);
  for (size_t start = 0; start < query_count; start += group) {
    const size_t count = std::min(group, query_count - start);
    widen_row(query_dtype(corpus.dtype), queries + start * query_bytes, count * corpus.dim, wide.data());
    if (scores_all(way)) {
      if (!search_all(way, corpus, wide.data(), count, options, answer, start)) return false;
      sum.scored += count * corpus.size;
      continue;
    }
    std::vector<size_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), start);
    if (!search_certified(way, corpus, wide.data(), numbers, options, answer, sum)) return false;
  }
  if (counts != nullptr) *counts = sum;
  return true;
}

}  // namespace kindred
