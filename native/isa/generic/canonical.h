// Canonical sums: the kernels of one level for pairs, stored rows and matrices.
#pragma once
#include <cstddef>

#include "isa/generic/lanes.h"
#include "order/dtype.h"
#include "order/score.h"

namespace kindred {

// No level's tile holds more sums than this.
constexpr size_t kMaxTile = 256;

// Sums that a cosine is made of.
struct CosineSums {
  double dot;
  double squares_a;
  double squares_b;
};

// Arithmetic of one step of a tile. Products of widened float32 are exact, so they may be fused; float64 ones may not.
enum TileOp { kTileDotFloat32, kTileDotFloat64, kTileSquaredDistance, kTileOps };

// Multiplies two packed panels (see matrix.cc for the packing) into tile_rows x tile_columns canonical sums. Of `coming`,
// memory that is read next, a cache line for each step of each lane is asked for.
using TileKernel = void (*)(const double* a_panel, const double* b_panel, size_t steps, const double* coming, double* sums);

// The sums of a tile as cosines, rounded to float32. `inverses` are one over the lengths of the tile's rows and columns.
// Returns whether it is certain that each has the bits of `cosine_of`, rounded.
using TileCosines = bool (*)(const double* sums, const double* row_inverses, const double* column_inverses, float* out);

// One query, widened to float64, against `rows` consecutive rows: one sum each.
using RowSums = void (*)(const double* query, const void* data, size_t rows, size_t dim, double* sums);

// Kernels over stored rows of one dtype.
struct RowKernels {
  RowSums sums[kSumKinds];
  RowSums sums_for(Metric metric) const { return sums[static_cast<size_t>(sum_of(metric))]; }
  // The canonical dot of a row with itself.
  double (*squares)(const void* row, size_t dim);
  // Writes a row's elements times `factor` as float32. Returns the sum of their squares before that rounding, itself rounded in some
  // order. Memory behind the row is asked for.
  double (*scale_to_floats)(const void* row, size_t dim, double factor, float* out);
};

struct CanonicalKernels {
  double (*dot_f32)(const float* a, const float* b, size_t dim);
  double (*dot_f64)(const double* a, const double* b, size_t dim);
  double (*squared_distance_f32)(const float* a, const float* b, size_t dim);
  double (*squared_distance_f64)(const double* a, const double* b, size_t dim);
  CosineSums (*cosine_f32)(const float* a, const float* b, size_t dim);
  CosineSums (*cosine_f64)(const double* a, const double* b, size_t dim);

  RowKernels by_dtype[kDtypes];
  const RowKernels& of(Dtype dtype) const { return by_dtype[static_cast<size_t>(dtype)]; }

  size_t tile_rows;
  size_t tile_columns;
  TileKernel tile[kTileOps];
  TileCosines tile_cosines;
};

}  // namespace kindred
