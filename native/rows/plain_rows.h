// The rows of a corpus as they were given, in chunks, with what is known of all of them. Only reads.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "isa/costs.h"
#include "isa/levels.h"
#include "order/score.h"
#include "rows/chunk.h"
#include "rows/search_history.h"

namespace kindred {

class PlainRows {
 public:
  size_t dim() const { return dim_; }
  Metric metric() const { return metric_; }
  Dtype dtype() const { return dtype_; }
  size_t row_bytes() const { return row_bytes_; }
  size_t size() const { return size_; }
  const uint8_t* row(size_t slot) const { return chunks_[slot / chunk_rows_]->row(slot % chunk_rows_); }

  // Where the rows lie, and how long they are (cosine only).
  size_t chunk_rows() const { return chunk_rows_; }
  size_t chunk_capacity(size_t chunk) const { return chunks_[chunk]->capacity(); }
  double norm(size_t slot) const { return std::sqrt(*chunks_[slot / chunk_rows_]->squares_from(slot % chunk_rows_)); }

  // Null where no filter pays, and where no bound holds.
  const Filter* filter() const { return has_bounds(metric_) ? level_->filter : nullptr; }
  bool has_filter() const { return filter() != nullptr; }
  Way way() const { return way_; }
  const EncodingKernels& encoding_kernels() const { return level_->kernels->encoding; }
  // Whether so many rows are worth an encoded copy.
  bool is_worth_encoding() const {
    return has_filter() && size_ >= kStrip && (size_ >= level_->costs->rows || way_ != Way::kByCosts);
  }

 protected:
  PlainRows(const Level* level, size_t dim, Metric metric, Dtype dtype);
  ~PlainRows() = default;

  const Level* level_;
  size_t dim_;
  Metric metric_;
  Dtype dtype_;
  size_t row_bytes_, chunk_rows_;
  size_t size_ = 0;
  Way way_ = Way::kByCosts;
  std::vector<std::shared_ptr<Chunk>> chunks_;
};

}  // namespace kindred
