// Alternating least squares: what a half step works on, and the kernels of one level for it. The arithmetic is contract.ts's.
#pragma once
#include <cstddef>
#include <cstdint>

#include "isa/generic/lanes.h"

namespace kindred {

// Rows whose products are added in float32 before they join the float64 sums of a Gram matrix.
constexpr size_t kGramBlock = 256;
// Sides of the square of a Gram matrix that a kernel computes at a time.
constexpr size_t kGramTile = 16;

// One side's factors, solved for with those of the other side. Everything is checked: indices are below the rows of
// `others`, and rows have a multiple of kLanes elements.
struct AlsHalf {
  const uint32_t* indptr;
  const uint32_t* indices;
  const float* weights;   // what a cell weighs beyond 1
  const float* others;    // factors of the other side
  const float* gram;      // their Gram matrix, stride x stride
  const float* l2;        // one per row
  size_t stride;
  size_t steps;
  float tolerance;
  bool cold;              // begins at zero, not at the factors that are there
  float* factors;
};

// Rows of floats that the solution of one row needs besides its factors.
constexpr size_t kAlsScratchRows = 3;

struct AlsKernels {
  // Solves for the rows first .. last. `scratch` holds kAlsScratchRows rows.
  void (*solve)(const AlsHalf& half, size_t first, size_t last, float* scratch);
  // The square of the Gram matrix of `count` rows that begins at (row, column), and its mirror image.
  void (*gram)(const float* rows, size_t count, size_t stride, size_t row, size_t column, float* out);
};

}  // namespace kindred
