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

}  // namespace kindred
