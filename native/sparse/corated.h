// Nearest rows by similarities over the columns that both rows have.
#pragma once
#include "sparse/rows.h"

namespace kindred {

std::unique_ptr<NeighborTask> open_corated(const SparseRows& matrix, const NeighborOptions& options, const uint32_t* only,
                                           size_t only_count);

}  // namespace kindred
