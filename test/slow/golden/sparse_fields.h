// Sparse matrices and choices among columns, as recorder.ts writes them.
#pragma once
#include "golden.h"
#include "machine/pool.h"
#include "sparse/rows.h"

namespace kindred::golden {

template <class T>
struct SparseFields {
  explicit SparseFields(Reader& file)
      : rows(file.size()),
        columns(file.size()),
        indptr(file.array<uint32_t>()),
        indices(file.array<uint32_t>()),
        values(file.array<T>()) {}
  SparseRowsOf<T> rows_of() const { return {rows, columns, indptr.data(), indices.data(), values.data()}; }

  size_t rows, columns;
  Array<uint32_t> indptr, indices;
  Array<T> values;
};

struct Choice {
  explicit Choice(Reader& file)
      : k(file.size()),
        indptr(file.array_if_any<uint32_t>()),
        indices(file.array_if_any<uint32_t>()),
        admit(file.array_if_any<uint8_t>()),
        above(file.number()),
        min_score(file.number()) {}
  SparseTopKOptions options() const {
    return {indptr ? indptr->data() : nullptr, indices ? indices->data() : nullptr, admit ? admit->data() : nullptr, above,
            min_score};
  }

  size_t k;
  std::optional<Array<uint32_t>> indptr, indices;
  std::optional<Array<uint8_t>> admit;
  double above, min_score;
};

}  // namespace kindred::golden
