// The filter on AVX-512 without VNNI.
#include "isa/avx512/vectors.h"
// What is written over them.
#include "isa/generic/filter/filter-inl.h"
#include "isa/generic/filter/products-inl.h"
#include "isa/generic/filter/narrow-products-inl.h"

namespace kindred {
extern const Filter kAvx512Filter;
constexpr Filter kAvx512Filter = {strip_dots, row_dots, reaching, join_planes, spread_plane, 0, kQueryRange,
    code_products<WholeCodes>, code_limits, code_maxima<WholeCodes>, code_maxima<HalfCodes>,
    float_products, pair_kernels(code_sums<WholeCodes>)};
}  // namespace kindred
