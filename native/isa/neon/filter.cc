// The filter on NEON.
#include "isa/neon/vectors.h"
// What is written over them.
#include "isa/generic/filter/filter-inl.h"
#include "isa/generic/filter/products-inl.h"
#include "isa/generic/filter/narrow-products-inl.h"

namespace kindred {
extern const Filter kNeonFilter;
constexpr Filter kNeonFilter = {strip_dots, row_dots, reaching, join_planes, spread_plane, 128, kQueryRange,
    code_products<WholeCodes>, code_limits, code_maxima<WholeCodes>, code_maxima<HalfCodes>,
    float_products, pair_kernels(code_sums<WholeCodes>)};
}  // namespace kindred
