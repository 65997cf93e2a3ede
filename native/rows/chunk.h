// Where stored rows lie: chunks that are shared with searches under way.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>

#include "machine/mapping.h"
#include "machine/pages.h"
#include "order/dtype.h"

namespace kindred {

// Writes the elements of a stored row as float64, exactly.
void widen_row(Dtype dtype, const uint8_t* row, size_t dim, double* out);

// Consecutive rows in one allocation, or in a mapped file, which is never written. The last chunk of a corpus grows.
struct Chunk {
  Chunk(size_t capacity, size_t row_bytes, bool with_squares);
  // `size` rows of a file. Their sums of squares lie there too, or are to be filled in if `squares` is null and they are kept.
  Chunk(std::shared_ptr<const Mapping> file, const uint8_t* rows, const double* squares, size_t size, size_t row_bytes, bool with_squares);

  uint8_t* row(size_t index) const { return rows + index * row_bytes; }
  // The sums of squares from this row on; null if they are not kept.
  const double* squares_from(size_t index) const { return squares == nullptr ? nullptr : squares + index; }

  const size_t capacity, row_bytes;
  size_t size = 0;
  const std::shared_ptr<const Mapping> file;  // null unless the rows lie there
  const Bytes row_storage;
  const std::unique_ptr<double[]> square_storage;
  uint8_t* const rows;    // on a cache line
  double* const squares;  // canonical dots of rows with themselves; null where no score reads them
};

}  // namespace kindred
