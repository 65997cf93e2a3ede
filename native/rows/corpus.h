// Rows of any dtype in native memory. Knows nothing of JavaScript.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "order/dtype.h"
#include "encoding/encoded_rows.h"
#include "isa/generic/canonical.h"
#include "isa/levels.h"
#include "machine/mapping.h"
#include "machine/pages.h"
#include "order/score.h"

namespace kindred {

// Writes the elements of a stored row as float64, exactly.
void widen_row(Dtype dtype, const uint8_t* row, size_t dim, double* out);

// What the kernels read queries as: float64 for rows of float64, else float32.
constexpr Dtype query_dtype(Dtype rows) { return rows == Dtype::kFloat64 ? Dtype::kFloat64 : Dtype::kFloat32; }

// Consecutive rows in one allocation, or in a mapped file, which is never written. The last chunk of a corpus grows.
struct Chunk {
  Chunk(size_t capacity, size_t row_bytes, bool with_norms);
  // `size` rows of a file, and their norms or null.
  Chunk(std::shared_ptr<const Mapping> file, const uint8_t* rows, const double* norms, size_t size, size_t row_bytes);

  uint8_t* row(size_t index) const { return rows + index * row_bytes; }
  // The norms from this row on; null if they are not kept.
  const double* norms_from(size_t index) const { return norms == nullptr ? nullptr : norms + index; }

  const size_t capacity, row_bytes;
  size_t size = 0;
  const std::shared_ptr<const Mapping> file;  // null unless the rows lie there
  const Bytes row_storage;
  const std::unique_ptr<double[]> norm_storage;
  uint8_t* const rows;   // on a cache line
  double* const norms;   // one per row; null where no score reads them
};

// What searches learned about their corpus: how much four bits of its rows leave. Changes speed, never an answer.
class SearchHistory {
 public:
  // Whether four bits tell strips, or at least rows, apart. Now and then what did not pay gets another chance.
  bool tell_strips() { return left_over_.load(std::memory_order_relaxed) < kTooManyLeftOver || is_turn(strips_skipped_, 256); }
  bool tell_rows() { return rows_left_.load(std::memory_order_relaxed) < kTooManyRows || is_turn(rows_skipped_, 32); }

  // The part of all rows that a search's queries were left with.
  void rows_left(double part) { rows_left_.store(part, std::memory_order_relaxed); }
  // The part of its queries that strips did not answer. Queries differ, so it counts for a fourth.
  void left_over(double part) {
    left_over_.store(0.75 * left_over_.load(std::memory_order_relaxed) + 0.25 * part, std::memory_order_relaxed);
  }

 private:
  static bool is_turn(std::atomic<unsigned>& skipped, unsigned often) {
    return skipped.fetch_add(1, std::memory_order_relaxed) % often == often - 1;
  }

  static constexpr double kTooManyLeftOver = 0.3, kTooManyRows = 0.22;
  std::atomic<double> left_over_{0}, rows_left_{0};
  std::atomic<unsigned> strips_skipped_{0}, rows_skipped_{0};
};

// Ways to search: what the costs say, or one of them whatever it costs. All give the same answer.
enum class Way : uint8_t { kByCosts, kScan, kTiles, kFloats, kPlanes, kHalfCodes, kCodes };

// What a search reads: chunks that nobody changes any more, so it may run on any thread while the corpus moves on.
struct Snapshot {
  const CanonicalKernels* kernels;
  const Filter* filter;  // null where none pays
  const Costs* costs;
  Way way;
  Metric metric;
  Dtype dtype;
  size_t dim, chunk_rows, size;
  size_t threads;  // that one search may use; 0 leaves it to the search
  std::vector<std::shared_ptr<const Chunk>> chunks;
  // The encoded copy, one per chunk; null where there is none.
  std::shared_ptr<const Transform> transform;
  EncodedRows::Chunks encoded;
  size_t encoded_rows;
  std::shared_ptr<SearchHistory> history;

  size_t rows_in_chunk(size_t chunk) const { return std::min(chunk_rows, size - chunk * chunk_rows); }

  // Blocks that the threads of a search share out: parts of a chunk, whole strips but for the last.
  struct Block {
    size_t chunk, first, last;
  };
  size_t blocks() const { return (size + block_rows() - 1) / block_rows(); }
  Block block(size_t number) const {
    const size_t first = number * block_rows(), chunk = first / chunk_rows;
    return {chunk, first % chunk_rows, std::min(first % chunk_rows + block_rows(), rows_in_chunk(chunk))};
  }

 private:
  static constexpr size_t kBlocksPerChunk = 8;
  size_t block_rows() const { return chunk_rows / kBlocksPerChunk; }
};

// Rows by slot. Only one thread changes a corpus; searches hold snapshots.
class Corpus {
 public:
  Corpus(const Level* level, size_t dim, Metric metric, Dtype dtype = Dtype::kFloat32, size_t threads = 0);

  size_t dim() const { return dim_; }
  Metric metric() const { return metric_; }
  Dtype dtype() const { return dtype_; }
  size_t row_bytes() const { return row_bytes_; }
  size_t size() const { return size_; }
  size_t bytes() const;

  // Copies rows of the dtype to the end. Returns the index of the first row that contract.ts refuses (NaN, infinity,
  // squares out of range; nothing is then appended), else -1.
  ptrdiff_t append(const uint8_t* rows, size_t count);
  // Makes rows of a file the rows of this corpus, which is empty. `norms_at` is 0 if norms are not kept.
  void map(const std::string& path, size_t file_bytes, size_t rows, size_t rows_at, size_t norms_at);
  bool is_mapped() const { return mapped_; }
  // False, changing nothing, if the row is refused.
  bool overwrite(size_t slot, const uint8_t* row);
  const uint8_t* row(size_t slot) const;
  // Copies `count` rows from `slot` on.
  void read(size_t slot, size_t count, uint8_t* out) const;
  // Keeps the slots whose byte is nonzero, in order.
  void compact(const uint8_t* keep);
  void clear();

  // Where the rows lie, and their norms (cosine only).
  size_t chunk_rows() const { return chunk_rows_; }
  size_t chunk_capacity(size_t chunk) const { return chunks_[chunk]->capacity; }
  // Null where no filter pays, and where no bound holds.
  const Filter* filter() const { return has_bounds(metric_) ? level_->filter : nullptr; }
  bool has_filter() const { return filter() != nullptr; }
  double norm(size_t slot) const { return chunks_[slot / chunk_rows_]->norms[slot % chunk_rows_]; }

  // How searches go from now on, where they can; kByCosts unless told.
  void go(Way way) { way_ = way; }
  Way way() const { return way_; }
  // Whether so many rows are worth an encoded copy.
  bool is_worth_encoding() const {
    return has_filter() && size_ >= kStrip && (size_ >= level_->costs->rows || way_ != Way::kByCosts);
  }

  EncodedRows& encoded() { return encoded_; }
  const EncodedRows& encoded() const { return encoded_; }

  Snapshot snapshot() const;

 private:
  bool keeps_norms() const { return reads_norms(metric_); }
  // False if the row is refused; else its sum of squares is told.
  bool examine(const uint8_t* row, double& squares) const;
  std::shared_ptr<Chunk> new_chunk(size_t capacity) const;
  std::shared_ptr<Chunk> copy_of(const Chunk& chunk, size_t capacity) const;
  void push(const uint8_t* row, double norm, size_t coming);
  void truncate(size_t size);
  void resize_last(size_t capacity);
  // The chunk, copied first if a search under way reads it.
  Chunk& writable_chunk(size_t index);

  const Level* level_;
  size_t dim_;
  Metric metric_;
  Dtype dtype_;
  size_t row_bytes_, chunk_rows_, threads_;
  size_t size_ = 0;
  bool mapped_ = false;
  Way way_ = Way::kByCosts;
  std::vector<std::shared_ptr<Chunk>> chunks_;
  EncodedRows encoded_;
  std::shared_ptr<SearchHistory> history_ = std::make_shared<SearchHistory>();
};

}  // namespace kindred
