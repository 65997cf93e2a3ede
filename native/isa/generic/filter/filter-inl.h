// The filter kernels, written once. Each isa/<set>/filter.cc first includes the vectors of its set, then this.
//   kFloatTileRows, kFloatTileParts   rows (a divisor of kFloatRows) and registers of columns in a float32 tile
#pragma once
#include "isa/generic/filter/filter.h"

namespace {

using kindred::kColumns;
using kindred::kFloatRows;
using kindred::kStrip;
using kindred::ProductHit;

constexpr size_t kCacheLine = 64;
// Never faults, so it may point past the end.
inline void prefetch(const void* at) {
#if defined(__GNUC__)
  __builtin_prefetch(at);
#endif
}

// Into the second cache.
[[maybe_unused]] inline void prefetch_far(const void* at) {
#if defined(__GNUC__)
  __builtin_prefetch(at, 0, 2);
#endif
}

// The number of the lowest bit that is set.
inline uint32_t lowest_bit(uint32_t bits) {
#if defined(__GNUC__)
  return static_cast<uint32_t>(__builtin_ctz(bits));
#else
  uint32_t n = 0;
  while ((bits >> n & 1u) == 0) n++;
  return n;
#endif
}

// One row's plane against several queries. The two nibbles of a byte belong to elements `half` apart.
template <size_t kVectors>
inline void plane_dots(const uint8_t* row, size_t half, const int8_t* queries, Sums* sums) {
  constexpr size_t kChains = kVectors < 4 ? 2 : 1;  // enough independent sums to hide their latency
  Sums chain[kVectors][kChains];
#pragma GCC unroll 8
  for (size_t v = 0; v < kVectors; v++) {
    for (size_t c = 0; c < kChains; c++) chain[v][c] = zero_sums();
  }
  const auto step = [&](Bytes bytes, size_t at, auto load_query) {
    const Bytes first = low_nibbles(bytes), second = high_nibbles(bytes);
#pragma GCC unroll 8
    for (size_t v = 0; v < kVectors; v++) {
      const int8_t* query = queries + v * 2 * half + at;
      chain[v][0] = add_products(chain[v][0], first, load_query(query));
      chain[v][kChains - 1] = add_products(chain[v][kChains - 1], second, load_query(query + half));
    }
  };
  size_t j = 0;
  for (; j + kBytes <= half; j += kBytes) {
    step(load_bytes(row + j), j, [](const int8_t* q) { return load_bytes(reinterpret_cast<const uint8_t*>(q)); });
  }
  if (j < half) {
    const size_t rest = half - j;
    step(load_first_bytes(row + j, rest), j,
         [rest](const int8_t* q) { return load_first_bytes(reinterpret_cast<const uint8_t*>(q), rest); });
  }
#pragma GCC unroll 8
  for (size_t v = 0; v < kVectors; v++) {
    sums[v * kSums] = kChains == 1 ? chain[v][0] : add_sums(chain[v][0], chain[v][kChains - 1]);
  }
}

template <size_t kVectors>
void strip_dots_of(const uint8_t* plane, size_t half, const int8_t* queries, size_t ahead, int32_t* dots) {
  for (size_t first = 0; first < kStrip; first += kSums) {
    Sums sums[kVectors * kSums];
    for (size_t r = 0; r < kSums; r++) {
      const uint8_t* row = plane + (first + r) * half;
      // With much to do for each byte, the CPU does not read far enough ahead by itself.
      const uintptr_t there = reinterpret_cast<uintptr_t>(row) + ahead;
      for (size_t j = 0; j < half; j += kCacheLine) prefetch_far(reinterpret_cast<const void*>(there + j));
      plane_dots<kVectors>(row, half, queries, sums + r);
    }
    for (size_t v = 0; v < kVectors; v++) fold(sums + v * kSums, dots + v * kStrip + first);
  }
}

void strip_dots(const uint8_t* plane, size_t half, const int8_t* queries, size_t vectors, size_t ahead, int32_t* dots) {
  switch (vectors) {
    case 1:
      return strip_dots_of<1>(plane, half, queries, ahead, dots);
    case 2:
      return strip_dots_of<2>(plane, half, queries, ahead, dots);
    case 4:
      return strip_dots_of<4>(plane, half, queries, ahead, dots);
    default:
      return strip_dots_of<8>(plane, half, queries, ahead, dots);
  }
}

// The sum of all lanes.
inline int32_t total(Sums sums) {
  constexpr size_t kLanes = sizeof(Sums) / sizeof(int32_t);
  int32_t lanes[kLanes];
  std::memcpy(lanes, &sums, sizeof lanes);
  int32_t sum = 0;
  for (const int32_t lane : lanes) sum += lane;
  return sum;
}

void row_dots(const uint8_t* row, size_t half, const int8_t* queries, int32_t dots[2]) {
  Sums sums[kSums + 1];
  plane_dots<2>(row, half, queries, sums);
  dots[0] = total(sums[0]);
  dots[1] = total(sums[kSums]);
}

uint32_t reaching(const int32_t* dots, const kindred::DotThreshold& least) {
  const F64 times = splat_f64(least.times), base = splat_f64(least.base), scale = splat_f64(least.scale);
  const F64 unit = splat_f64(least.unit), threshold = splat_f64(least.threshold);
  uint32_t bits = 0;
#pragma GCC unroll 16
  for (size_t r = 0; r < kStrip; r += kF64) {
    // Integers of 32 bits, exact in float64.
    const F64 product = mul(mul_add(load_f64(dots + r), times, base), scale);
    bits |= at_least(add(product, mul(load_f64(least.offsets + r), unit)), threshold) << r;
  }
  return bits;
}

void join_planes(const uint8_t* high, const uint8_t* low, size_t half, size_t stride, uint8_t* codes) {
  for (size_t r = 0; r < kStrip; r++, high += half, low += half, codes += stride) {
    size_t j = 0;
    for (; j + kBytes <= half; j += kBytes) {
      const Bytes h = load_bytes(high + j), l = load_bytes(low + j);
      store_bytes(codes + j, join_low(h, l));
      store_bytes(codes + half + j, join_high(h, l));
    }
    if (j < half) {
      const size_t rest = half - j;
      const Bytes h = load_first_bytes(high + j, rest), l = load_first_bytes(low + j, rest);
      store_first_bytes(codes + j, rest, join_low(h, l));
      store_first_bytes(codes + half + j, rest, join_high(h, l));
    }
  }
}

void spread_plane(const uint8_t* plane, size_t half, size_t stride, uint8_t* codes) {
  for (size_t r = 0; r < kStrip; r++, plane += half, codes += stride) {
    size_t j = 0;
    for (; j + kBytes <= half; j += kBytes) {
      const Bytes both = load_bytes(plane + j);
      store_bytes(codes + j, low_nibbles(both));
      store_bytes(codes + half + j, high_nibbles(both));
    }
    if (j < half) {
      const size_t rest = half - j;
      const Bytes both = load_first_bytes(plane + j, rest);
      store_first_bytes(codes + j, rest, low_nibbles(both));
      store_first_bytes(codes + half + j, rest, high_nibbles(both));
    }
  }
}

// Truncation towards zero never makes a limit too high: below zero it is the next integer that a product can reach.
void code_limits(const kindred::ColumnTerms& terms, const double* thresholds, const kindred::StripTerms& strip,
                 size_t columns, int32_t* limits) {
  const double cross = strip.is_square ? 0 : strip.rounding * strip.reach;
  const double square = strip.is_square ? strip.rounding : 0;
  for (size_t c = 0; c < columns; c++) {
    const double both = strip.reach + terms.reach[c];
    const double error = strip.lost * terms.norm[c] + strip.decoded * terms.rest[c] +
                         (cross * terms.reach[c] + square * both * both);
    const double needed = (thresholds[c] - terms.offset[c]) - (strip.offset + error);
    // One is more than these roundings take.
    const double limit = needed * terms.per_step[c] * strip.per_scale + terms.shift[c] - 1;
    const double low = limit > -kindred::kLimit ? limit : -kindred::kLimit;
    limits[c] = static_cast<int32_t>(low < kindred::kLimit ? low : kindred::kLimit);
  }
}

template <size_t n>
struct Width {
  static constexpr size_t value = n;
};

// Walks over `vectors` registers of columns in tiles of kMost, then over what is left in fewer.
template <size_t kMost, class Tile>
inline void each_tile(size_t vectors, Tile tile, size_t c = 0) {
  for (; c + kMost <= vectors; c += kMost) tile(c, Width<kMost>());
  if constexpr (kMost > 1) each_tile<kMost - 1>(vectors, tile, c);
}

// A tile of kFloatTileRows rows and kVectors registers of columns from register `first` on. Products that reach their
// limits become hits; returns how many.
template <size_t kVectors>
inline size_t float_tile(const float* rows, size_t stride, size_t steps, const float* packed, const float* limits,
                         uint32_t first_row, size_t first, ProductHit<float>* hits) {
  constexpr size_t kPerBlock = kColumns / kF32;
  const float* column[kVectors];
  for (size_t c = 0; c < kVectors; c++) {
    column[c] = packed + (first + c) / kPerBlock * steps * kColumns + (first + c) % kPerBlock * kF32;
  }
  F32 sum[kFloatTileRows][kVectors];
#pragma GCC unroll 8
  for (size_t r = 0; r < kFloatTileRows; r++) {
#pragma GCC unroll 8
    for (size_t c = 0; c < kVectors; c++) sum[r][c] = zero_f32();
  }
  for (size_t step = 0; step < steps; step++) {
    F32 b[kVectors];
#pragma GCC unroll 8
    for (size_t c = 0; c < kVectors; c++) b[c] = load_f32(column[c] + step * kColumns);
#pragma GCC unroll 8
    for (size_t r = 0; r < kFloatTileRows; r++) {
      const F32 a = splat_f32(rows[r * stride + step]);
#pragma GCC unroll 8
      for (size_t c = 0; c < kVectors; c++) sum[r][c] = mul_add(a, b[c], sum[r][c]);
    }
  }
  size_t count = 0;
#pragma GCC unroll 8
  for (size_t c = 0; c < kVectors; c++) {
    const F32 limit = load_f32(limits + (first + c) * kF32);
#pragma GCC unroll 8
    for (size_t r = 0; r < kFloatTileRows; r++) {
      uint32_t bits = at_least(sum[r][c], limit);
      if (bits == 0) continue;
      float products[kF32];
      store(products, sum[r][c]);
      for (; bits != 0; bits &= bits - 1) {
        const uint32_t lane = lowest_bit(bits);
        hits[count++] = {static_cast<uint32_t>((first + c) * kF32) + lane, first_row + static_cast<uint32_t>(r),
                         products[lane]};
      }
    }
  }
  return count;
}

size_t float_products(const kindred::FloatProduct& product, const float* limits, ProductHit<float>* hits) {
  const kindred::FloatProduct it = product;
  size_t found = 0;
  each_tile<kFloatTileParts>(it.blocks * (kColumns / kF32), [&](size_t first, auto width) {
    for (size_t r = 0; r < it.count; r += kFloatTileRows) {
      found += float_tile<width.value>(it.rows + r * it.stride, it.stride, it.steps, it.packed, limits,
                                       static_cast<uint32_t>(r), first, hits + found);
    }
  });
  return found;
}

}  // namespace
