// The filter on AVX-512 without VNNI.
#include "isa/avx512/vectors.h"
// What is written over them.
#include "isa/generic/filter-inl.h"

namespace kindred {
extern const Filter kAvx512Filter;
constexpr Filter kAvx512Filter = {strip_dots, row_dots, reaching, join_planes, spread_plane, 0,
                              nullptr, code_limits, nullptr, float_products};
}  // namespace kindred
