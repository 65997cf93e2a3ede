// The filter on AVX2.
#include "isa/avx2/vectors.h"
// What is written over them.
#include "isa/generic/filter-inl.h"

namespace kindred {
extern const Filter kAvx2Filter;
constexpr Filter kAvx2Filter = {strip_dots, row_dots, reaching, join_planes, spread_plane, 0,
                            nullptr, code_limits, nullptr, float_products};
}  // namespace kindred
