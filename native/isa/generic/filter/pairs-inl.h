// What a search for all rows' neighbours does with the integer products of a strip, by levels that have such a product. Included
// after filter-inl.h.
#pragma once
#include <cmath>

namespace {

inline double magnitude(double x) { return x < 0 ? -x : x; }

// What is left of `value` when everything that float32 may have added to it is taken away: docs/internals/exactness.md.
inline float lowered(double value, double size) {
  const double low = value - (size * 0x1p-21 + 1);
  // Not a number where infinities met: then nothing is known.
  return low == low ? static_cast<float>(low) : -HUGE_VALF;
}

[[maybe_unused]] void pair_limits(const kindred::ColumnTerms& terms, const double* thresholds,
                                  const kindred::StripTerms& strip, const kindred::RowNeeds& rows, size_t columns,
                                  const kindred::PairLimits& limits) {
  const double cross = strip.is_square ? 0 : strip.rounding * strip.reach;
  const double square = strip.is_square ? strip.rounding : 0;
  for (size_t c = 0; c < columns; c++) {
    const double both = strip.reach + terms.reach[c];
    const double error = strip.lost * terms.norm[c] + strip.decoded * terms.rest[c] +
                         (cross * terms.reach[c] + square * both * both);
    const double times = terms.per_step[c] * strip.per_scale;
    const double row_times = times / rows.scale;
    const bool fits = row_times > 0x1p-60 && row_times < 0x1p60;
    const double base = terms.shift[c] - (terms.offset[c] + error) * times;
    const double need = (thresholds[c] - strip.offset) * times;
    const double size = rows.most * row_times + magnitude(base);
    limits.error[c] = error + strip.unit_rounding;
    limits.times[c] = fits ? static_cast<float>(row_times) : 1.0f;
    limits.column[c] = fits ? lowered(need + base, size + magnitude(need)) : -HUGE_VALF;
    limits.row[c] = fits ? lowered(base, size) : -HUGE_VALF;
  }
}

[[maybe_unused]] size_t pair_hits(const int32_t* products, size_t columns, const kindred::PairLimits& limits,
                                  const kindred::RowNeeds& rows, ProductHit<int32_t>* hits) {
  size_t count = 0;
  for (size_t r = 0; r < kStrip; r++, products += columns) {
    const F32 need = splat_f32(rows.need[r]), less = splat_f32(rows.less[r]);
    for (size_t c = 0; c < columns; c += kF32) {
      const F32 product = load_f32(products + c), times = load_f32(limits.times + c);
      uint32_t bits = at_least(product, mul_add(less, times, load_f32(limits.column + c))) |
                      at_least(product, mul_add(need, times, load_f32(limits.row + c)));
      for (; bits != 0; bits &= bits - 1) {
        const size_t column = c + lowest_bit(bits);
        hits[count++] = {static_cast<uint32_t>(column), static_cast<uint32_t>(r), products[column]};
      }
    }
  }
  return count;
}

[[maybe_unused]] void largest_lowers(const int32_t* products, size_t columns, const kindred::LowerTerms& terms,
                                     size_t groups, double* largest) {
  for (size_t g = 0; g < groups; g++) largest[g] = -HUGE_VAL;
  for (size_t first = 0; first < columns; first += groups) {
    const size_t count = columns - first < groups ? columns - first : groups;
    for (size_t g = 0; g < count; g++) {
      const size_t c = first + g;
      const double sum = static_cast<double>(products[c]) - terms.shift[c];
      const double lower = terms.scale * terms.step[c] * sum + terms.offset + terms.base[c] - terms.error[c];
      largest[g] = lower > largest[g] ? lower : largest[g];
    }
  }
}

constexpr kindred::PairKernels pair_kernels(decltype(kindred::PairKernels::code_sums) code_sums) {
  return {code_sums, pair_limits, pair_hits, largest_lowers};
}

}  // namespace
