// The filter on NEON with the dot product extension.
#include "filter_neon.h"

namespace kindred {
extern const Filter kNeonDotprodFilter;
const Filter kNeonDotprodFilter = {strip_dots, row_dots, reaching, join_planes, 0, nullptr, code_limits, nullptr, float_products};
}  // namespace kindred
