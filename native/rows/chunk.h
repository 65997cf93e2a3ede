// Where stored rows lie: chunks that are shared with searches under way.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "machine/mapping.h"
#include "machine/paged.h"
#include "machine/pages.h"
#include "order/dtype.h"

namespace kindred {

// Writes the elements of a stored row as float64, exactly.
void widen_row(Dtype dtype, const uint8_t* row, size_t dim, double* out);

// Consecutive rows in one allocation, or in a mapped file, which is never written.
struct RowBlock {
  RowBlock(size_t capacity, size_t row_bytes, bool with_squares);
  // Rows of a file. Their sums of squares lie there too, or are to be filled in if `squares` is null and they are kept.
  RowBlock(std::shared_ptr<const Mapping> file, const uint8_t* rows, const double* squares, size_t capacity, size_t row_bytes,
           bool with_squares);

  std::shared_ptr<RowBlock> like(size_t rows_in_all) const;
  void copy(const RowBlock& from, size_t first, size_t count, size_t to);
  bool is_fixed() const { return file != nullptr; }
  // Of memory, not of a file.
  size_t bytes() const { return (file ? 0 : capacity * row_bytes) + (square_storage ? capacity * sizeof(double) : 0); }

  const size_t capacity, row_bytes;
  const std::shared_ptr<const Mapping> file;  // null unless the rows lie there
  const Bytes row_storage;
  const std::unique_ptr<double[]> square_storage;
  uint8_t* const rows;    // on a cache line
  double* const squares;  // canonical dots of rows with themselves; null where no score reads them
};

// The rows of a block, but for pages that were changed while a search read them. The last chunk of a corpus grows.
struct Chunk {
  Chunk(std::shared_ptr<RowBlock> block, size_t size) : size(size), rows(block, block->row_bytes) {}

  size_t capacity() const { return rows.capacity(); }
  uint8_t* row(size_t index) const {
    const auto [block, at] = rows.at(index);
    return block->rows + at * block->row_bytes;
  }
  // The sums of squares from this row on, as far as rows lie side by side; null if they are not kept.
  const double* squares_from(size_t index) const {
    const auto [block, at] = rows.at(index);
    return block->squares == nullptr ? nullptr : block->squares + at;
  }
  // How many of the rows `first .. last` lie side by side from the first on.
  size_t run(size_t first, size_t last) const { return rows.run(first, last); }
  void write(size_t index, const uint8_t* row, double squares);

  size_t size;
  Paged<RowBlock> rows;
};

// Copies `count` rows from `slot` on, of chunks that hold so many rows each.
template <class Chunks>
void copy_rows(const Chunks& chunks, size_t chunk_rows, size_t slot, size_t count, uint8_t* out) {
  while (count > 0) {
    const Chunk& chunk = *chunks[slot / chunk_rows];
    const size_t first = slot % chunk_rows, rows = chunk.run(first, std::min(first + count, chunk_rows));
    const auto [block, at] = chunk.rows.at(first);
    out = std::copy_n(block->rows + at * block->row_bytes, rows * block->row_bytes, out);
    slot += rows;
    count -= rows;
  }
}

}  // namespace kindred
