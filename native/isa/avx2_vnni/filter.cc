// The filter on AVX2 with AVX-VNNI.
#include "isa/avx2/vectors.h"
// What is written over them.
#include "isa/generic/filter/filter-inl.h"
#include "isa/generic/filter/products-inl.h"
#include "isa/generic/filter/one-step-products-inl.h"

namespace kindred {
extern const Filter kAvx2VnniFilter;
constexpr Filter kAvx2VnniFilter = {strip_dots, row_dots, reaching, join_planes, spread_plane, 0, 127,
    code_products<OneStep>, code_limits, code_maxima<OneStep>, code_maxima<OneStep>,
    float_products, pair_kernels(code_sums<OneStep>)};
}  // namespace kindred
