// Storage in chunks that snapshots share (copied only if a change meets a search under way), and the scan.
#include "corpus.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "matrix.h"

namespace kindred {

namespace {

constexpr size_t kChunkBytes = 1 << 20;
constexpr size_t kFirstChunkRows = 8;
constexpr size_t kCacheLine = 64;

// Rows scanned between two looks at the results: their sums stay in the level-1 cache, their bytes in level 2.
constexpr size_t kScanBlock = 64;
// From so many queries on, packing the rows for the tile kernel costs less than it saves (bench case `batch`).
constexpr size_t kQueriesForTiles = 6;

size_t full_chunk_rows(size_t dim) {
  const size_t rows = kChunkBytes / (dim * sizeof(float));
  return std::max<size_t>(kScanBlock, rows / kScanBlock * kScanBlock);
}

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

Chunk::Chunk(size_t capacity, size_t dim)
    : capacity(capacity),
      dim(dim),
      storage(new float[capacity * dim + kCacheLine / sizeof(float)]),
      norms(new double[capacity]) {
  const size_t misplaced = reinterpret_cast<uintptr_t>(storage.get()) % kCacheLine;
  rows = storage.get() + (misplaced == 0 ? 0 : (kCacheLine - misplaced) / sizeof(float));
}

namespace {

std::shared_ptr<Chunk> copy_of(const Chunk& chunk, size_t capacity) {
  auto copy = std::make_shared<Chunk>(capacity, chunk.dim);
  std::copy_n(chunk.rows, chunk.size * chunk.dim, copy->rows);
  std::copy_n(chunk.norms.get(), chunk.size, copy->norms.get());
  copy->size = chunk.size;
  return copy;
}

}  // namespace

Corpus::Corpus(const Kernels* kernels, size_t dim, Metric metric)
    : kernels_(kernels), dim_(dim), metric_(metric), chunk_rows_(full_chunk_rows(dim)) {}

size_t Corpus::bytes() const {
  size_t total = 0;
  for (const auto& chunk : chunks_) total += chunk->capacity * (dim_ * sizeof(float) + sizeof(double));
  return total;
}

double Corpus::norm(const float* row) const { return std::sqrt(kernels_->dot_f32(row, row, dim_)); }

long Corpus::append(const float* rows, size_t count) {
  std::vector<double> norms(count);
  for (size_t r = 0; r < count; r++) {
    norms[r] = norm(rows + r * dim_);
    if (!std::isfinite(norms[r])) return static_cast<long>(r);
  }
  const size_t before = size_;
  try {
    for (size_t r = 0; r < count; r++) push(rows + r * dim_, norms[r]);
  } catch (...) {
    truncate(before);
    throw;
  }
  return -1;
}

void Corpus::push(const float* row, double norm) {
  const size_t index = size_ / chunk_rows_;
  if (index == chunks_.size()) {
    // After a full chunk more rows are likely: the next one is made whole.
    chunks_.push_back(std::make_shared<Chunk>(index == 0 ? std::min(kFirstChunkRows, chunk_rows_) : chunk_rows_, dim_));
  }
  if (chunks_[index]->size == chunks_[index]->capacity) resize_last(2 * chunks_[index]->capacity);
  Chunk& last = *chunks_[index];
  // Beyond the size that any snapshot knows, so no search under way reads here.
  std::copy_n(row, dim_, last.row(last.size));
  last.norms[last.size++] = norm;
  size_++;
}

bool Corpus::overwrite(size_t slot, const float* row) {
  const double length = norm(row);
  if (!std::isfinite(length)) return false;
  Chunk& chunk = writable_chunk(slot / chunk_rows_);
  std::copy_n(row, dim_, chunk.row(slot % chunk_rows_));
  chunk.norms[slot % chunk_rows_] = length;
  return true;
}

Chunk& Corpus::writable_chunk(size_t index) {
  std::shared_ptr<Chunk>& chunk = chunks_[index];
  if (chunk.use_count() > 1) chunk = copy_of(*chunk, chunk->capacity);
  return *chunk;
}

const float* Corpus::row(size_t slot) const { return chunks_[slot / chunk_rows_]->row(slot % chunk_rows_); }

void Corpus::compact(const uint8_t* keep) {
  // Whatever may need memory comes first, so that a failure changes nothing.
  for (size_t chunk = 0; chunk < chunks_.size(); chunk++) writable_chunk(chunk);
  size_t to = 0;
  for (size_t from = 0; from < size_; from++) {
    if (keep[from] == 0) continue;
    if (from != to) {
      const Chunk& source = *chunks_[from / chunk_rows_];
      Chunk& target = *chunks_[to / chunk_rows_];
      std::copy_n(source.row(from % chunk_rows_), dim_, target.row(to % chunk_rows_));
      target.norms[to % chunk_rows_] = source.norms[from % chunk_rows_];
    }
    to++;
  }
  truncate(to);
  if (!chunks_.empty()) resize_last(std::max(kFirstChunkRows, chunks_.back()->size));
}

void Corpus::resize_last(size_t capacity) {
  chunks_.back() = copy_of(*chunks_.back(), std::min(capacity, chunk_rows_));
}

void Corpus::truncate(size_t size) {
  size_ = size;
  chunks_.resize((size + chunk_rows_ - 1) / chunk_rows_);
  if (!chunks_.empty()) chunks_.back()->size = size - (chunks_.size() - 1) * chunk_rows_;
}

void Corpus::clear() {
  chunks_.clear();
  chunks_.shrink_to_fit();
  size_ = 0;
}

Snapshot Corpus::snapshot() const {
  return {kernels_, metric_, dim_, chunk_rows_, size_, {chunks_.begin(), chunks_.end()}};
}

}  // namespace kindred
