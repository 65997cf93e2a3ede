// The best columns of each row of a product of sparse rows and a dense matrix.
#pragma once
#include "isa/generic/linear.h"
#include "sparse/rows.h"

namespace kindred {

// contract.ts `denseTopK`: `dense` has weights.columns x columns elements.
void dense_top_k(const LinearKernels& kernels, Pool& pool, size_t threads, const SparseRows& weights,
                 const float* dense, size_t columns, const SparseTopKOptions& options, const TopRows& answer);

}  // namespace kindred
