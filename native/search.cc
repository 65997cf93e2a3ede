// The search: a scan for few queries, tiles as in the similarity matrix for many. Both end in canonical scores, so what they
// keep is the answer and nothing needs a second look.
#include "search.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "matrix.h"

namespace kindred {

namespace {

// Rows scanned between two looks at the results: their sums stay in the level-1 cache, their bytes in level 2.
constexpr size_t kScanBlock = 64;
// From so many queries on, packing the rows for the tile kernel costs less than it saves (bench case `batch`).
constexpr size_t kQueriesForTiles = 11;

// Offers the rows of one block, whose sums have been finished to scores, to a query's best.
void offer(Best& best, const double* scores, size_t rows, size_t first_slot, const uint8_t* admit) {
  for (size_t r = 0; r < rows; r++) {
    if (scores[r] >= best.bar() && (admit == nullptr || admit[first_slot + r] != 0)) {
      best.offer(static_cast<uint32_t>(first_slot + r), scores[r]);
    }
  }
}

// Queries as the kernels want them: widened to float64, with their norms and the best rows so far.
struct Queries {
  Queries(const Snapshot& corpus, const float* from, size_t count, const SearchOptions& options)
      : dim(corpus.dim), wide(count * corpus.dim), norms(count) {
    std::copy_n(from, wide.size(), wide.begin());
    best.reserve(count);
    for (size_t q = 0; q < count; q++) {
      norms[q] = std::sqrt(corpus.kernels->dot_f32(from + q * dim, from + q * dim, dim));
      best.emplace_back(std::min(options.k, corpus.size), options.min_score);
    }
  }

  size_t dim;
  std::vector<double> wide;
  std::vector<double> norms;
  std::vector<Best> best;
};

// Few queries: each reads the block of rows in turn, which then comes from the cache.
void scan_block(const Snapshot& corpus, Queries& queries, const Chunk& chunk, size_t first, size_t rows,
                size_t first_slot, const uint8_t* admit) {
  double sums[kScanBlock];
  const auto sum_rows =
      corpus.metric == Metric::kEuclidean ? corpus.kernels->squared_distance_rows : corpus.kernels->dot_rows;
  for (size_t q = 0; q < queries.best.size(); q++) {
    sum_rows(queries.wide.data() + q * corpus.dim, chunk.row(first), rows, corpus.dim, sums);
    finish_scores(corpus.metric, queries.norms[q], chunk.norms.get() + first, rows, sums);
    offer(queries.best[q], sums, rows, first_slot, admit);
  }
}

size_t rows_in_chunk(const Snapshot& corpus, size_t chunk) {
  return std::min(corpus.chunk_rows, corpus.size - chunk * corpus.chunk_rows);
}

bool cancelled(const std::atomic<bool>* cancel) { return cancel != nullptr && cancel->load(std::memory_order_relaxed); }

bool scan(const Snapshot& corpus, Queries& queries, const uint8_t* admit, const std::atomic<bool>* cancel) {
  for (size_t c = 0; c < corpus.chunks.size(); c++) {
    if (cancelled(cancel)) return false;
    const size_t in_chunk = rows_in_chunk(corpus, c);
    for (size_t first = 0; first < in_chunk; first += kScanBlock) {
      const size_t rows = std::min(kScanBlock, in_chunk - first);
      scan_block(corpus, queries, *corpus.chunks[c], first, rows, c * corpus.chunk_rows + first, admit);
    }
  }
  return true;
}

// Many queries: all pairs by tiles, as in the similarity matrix.
bool multiply_all(const Snapshot& corpus, Queries& queries, const float* from, const uint8_t* admit,
                  const std::atomic<bool>* cancel) {
  const Kernels& kernels = *corpus.kernels;
  const TileOp op = tile_op(corpus.metric, from);
  const size_t count = queries.best.size();
  const size_t block = block_rows(kNear, kernels.tile_columns, corpus.dim);
  Panels packed_queries(kernels.tile_rows, corpus.dim, count);
  Panels packed_rows(kernels.tile_columns, corpus.dim, block);
  AlignedDoubles sums(count * block);
  packed_queries.pack(from, count);
  for (size_t c = 0; c < corpus.chunks.size(); c++) {
    const size_t in_chunk = rows_in_chunk(corpus, c);
    const Chunk& chunk = *corpus.chunks[c];
    for (size_t first = 0; first < in_chunk; first += block) {
      if (cancelled(cancel)) return false;
      const size_t rows = std::min(block, in_chunk - first);
      packed_rows.pack(chunk.row(first), rows);
      multiply(kernels, op, packed_queries, packed_rows, 0, sums.data(), rows);
      for (size_t q = 0; q < count; q++) {
        double* line = sums.data() + q * rows;
        finish_scores(corpus.metric, queries.norms[q], chunk.norms.get() + first, rows, line);
        offer(queries.best[q], line, rows, c * corpus.chunk_rows + first, admit);
      }
    }
  }
  return true;
}

}  // namespace

bool search(const Snapshot& corpus, const float* queries, size_t query_count, const SearchOptions& options,
            const TopRows& answer, const std::atomic<bool>* cancel) {
  // A group of queries at a time, so that what a search holds does not grow with their number.
  const size_t group = block_rows(kFar, corpus.kernels->tile_rows, corpus.dim);
  for (size_t start = 0; start < query_count; start += group) {
    const size_t count = std::min(group, query_count - start);
    const float* from = queries + start * corpus.dim;
    Queries prepared(corpus, from, count, options);
    const bool finished = count < kQueriesForTiles ? scan(corpus, prepared, options.admit, cancel)
                                                   : multiply_all(corpus, prepared, from, options.admit, cancel);
    if (!finished) return false;
    for (size_t q = 0; q < count; q++) answer.write(start + q, prepared.best[q].sorted());
  }
  return true;
}

}  // namespace kindred
