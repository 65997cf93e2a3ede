// Nearest rows by similarities over all columns.
#pragma once
#include "sparse/rows.h"

namespace kindred {

std::unique_ptr<NeighborTask> open_full(const SparseRows& matrix, const NeighborOptions& options, const uint32_t* only,
                                        size_t only_count);

}  // namespace kindred
