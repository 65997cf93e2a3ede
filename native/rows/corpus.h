// Rows of any dtype in native memory. Knows nothing of JavaScript.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "isa/costs.h"
#include "rows/snapshot.h"

namespace kindred {

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
