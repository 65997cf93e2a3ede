// The filter on NEON.
#include "isa/neon/vectors.h"
// What is written over them.
#include "isa/generic/filter-inl.h"

namespace kindred {
extern const Filter kNeonFilter;
constexpr Filter kNeonFilter = {strip_dots, row_dots, reaching, join_planes, spread_plane, 0,
                            nullptr, code_limits, nullptr, float_products};
}  // namespace kindred
