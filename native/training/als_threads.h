// Alternating least squares on the pool of threads.
#pragma once
#include "isa/generic/als.h"
#include "machine/pool.h"

namespace kindred {

// Solves for the rows first .. last of one side.
void solve_rows(const AlsKernels& kernels, Pool& pool, size_t threads, const AlsHalf& half, size_t first, size_t last);

// The Gram matrix of `count` rows, stride x stride.
void gram_matrix(const AlsKernels& kernels, Pool& pool, size_t threads, const float* rows, size_t count, size_t stride,
                 float* out);

}  // namespace kindred
