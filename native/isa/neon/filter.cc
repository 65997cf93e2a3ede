// The filter on NEON.
#include "isa/neon/filter.h"

namespace kindred {
extern const Filter kNeonFilter;
constexpr Filter kNeonFilter = {strip_dots, row_dots, reaching, join_planes, spread_plane, 0,
                            nullptr, code_limits, nullptr, float_products};
}  // namespace kindred
