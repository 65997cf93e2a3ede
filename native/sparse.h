// Neighbours of sparse rows.
#pragma once
#include <cstddef>
#include <cstdint>

#include "best.h"

namespace kindred {

// CSR, columns strictly ascending within a row.
struct SparseRows {
  size_t rows, columns;
  const uint32_t* indptr;
  const uint32_t* indices;
  const float* values;
};

// contract.ts `sparseNeighbors`; `answer.stride` neighbours are kept per row.
void sparse_neighbors(const SparseRows& matrix, double shrinkage, const TopRows& answer);

}  // namespace kindred
