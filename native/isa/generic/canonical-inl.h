// Canonical sums over a set's vectors: pairs, one row against many, and tiles of a matrix.
//   kCanonicalTileRows, kCanonicalTileParts   the tile that registers hold: rows, and registers of columns
#pragma once
#include "isa/generic/canonical.h"

namespace {
namespace canonical {

constexpr size_t kParts = kindred::kLanes / kF64;

// Sixteen float64 lanes in as many registers as they take.
struct Lanes {
  F64 part[kParts];
};

inline Lanes zero_lanes() {
  Lanes lanes;
  for (size_t p = 0; p < kParts; p++) lanes.part[p] = zero_f64();
  return lanes;
}

template <class T>
inline Lanes load_lanes(const T* from) {
  Lanes lanes;
  for (size_t p = 0; p < kParts; p++) lanes.part[p] = load_f64(from + p * kF64);
  return lanes;
}

// The first `count` < 16 elements, the other lanes zero: they then add +0, which changes no sum.
template <class T>
inline Lanes load_tail(const T* from, size_t count) {
  Lanes lanes;
  for (size_t p = 0; p < kParts; p++) {
    const size_t start = p * kF64;
    if (count >= start + kF64) {
      lanes.part[p] = load_f64(from + start);
    } else {
      lanes.part[p] = count > start ? load_first_f64(from + start, count - start) : zero_f64();
    }
  }
  return lanes;
}

// One step of each canonical sum. Which product may be fused follows from the element type.
struct DotExact {
  static inline F64 step(F64 sum, F64 a, F64 b) { return mul_add(a, b, sum); }
};
struct DotRounded {
  static inline F64 step(F64 sum, F64 a, F64 b) { return add(sum, mul(a, b)); }
};
struct SquaredDistance {
  static inline F64 step(F64 sum, F64 a, F64 b) {
    const F64 difference = sub(a, b);
    return add(sum, mul(difference, difference));
  }
};
template <class T>
struct DotOf {
  using Op = DotExact;
};
template <>
struct DotOf<double> {
  using Op = DotRounded;
};

template <class Op>
inline void accumulate(Lanes& sum, const Lanes& a, const Lanes& b) {
  for (size_t p = 0; p < kParts; p++) sum.part[p] = Op::step(sum.part[p], a.part[p], b.part[p]);
}

template <class Op, class T>
double pair_sum(const T* a, const T* b, size_t dim) {
  Lanes sum = zero_lanes();
  size_t i = 0;
  for (; i + kindred::kLanes <= dim; i += kindred::kLanes) accumulate<Op>(sum, load_lanes(a + i), load_lanes(b + i));
  if (i < dim) accumulate<Op>(sum, load_tail(a + i, dim - i), load_tail(b + i, dim - i));
  return fold(sum.part);
}

template <class T>
kindred::CosineSums cosine_sums(const T* a, const T* b, size_t dim) {
  using Op = typename DotOf<T>::Op;
  Lanes dot = zero_lanes(), squares_a = zero_lanes(), squares_b = zero_lanes();
  const auto step = [&](const Lanes& x, const Lanes& y) {
    accumulate<Op>(dot, x, y);
    accumulate<Op>(squares_a, x, x);
    accumulate<Op>(squares_b, y, y);
  };
  size_t i = 0;
  for (; i + kindred::kLanes <= dim; i += kindred::kLanes) step(load_lanes(a + i), load_lanes(b + i));
  if (i < dim) step(load_tail(a + i, dim - i), load_tail(b + i, dim - i));
  return {fold(dot.part), fold(squares_a.part), fold(squares_b.part)};
}

constexpr size_t kCacheLine = 64;

// Asks for the memory there, to be brought into the second cache. Never faults.
inline void prefetch_line(uintptr_t at) {
#if defined(__GNUC__)
  __builtin_prefetch(reinterpret_cast<const void*>(at), 0, 2);
#endif
}

// The same for all that sixteen elements from `at` on lie in.
template <class T>
inline void prefetch_lanes(uintptr_t at) {
  for (size_t b = 0; b < kindred::kLanes * sizeof(T); b += kCacheLine) prefetch_line(at + b);
}

// Bytes that rows are read ahead of their sums, which takes a third off where the CPU by itself reads less far (100,000 x 768,
// Sapphire Rapids: 23.0 ms instead of 35.2).
constexpr size_t kAhead = 8192;

// Row after row: reading two or four rows side by side shares the loads of the query, but took 1.5 to 2 times as long
// (100,000 x 768, AVX-512: 10.4 ms alone, 19.3 by two, 15.6 by four), because memory is read best as one stream.
template <class Op, class T>
void one_to_rows(const double* query, const void* stored, size_t rows, size_t dim, double* sums) {
  const T* data = static_cast<const T*>(stored);
  // What follows a single row is not read.
  const size_t ahead = rows > 1 ? kAhead : 0;
  for (size_t r = 0; r < rows; r++, data += dim) {
    Lanes sum = zero_lanes();
    size_t i = 0;
    for (; i + kindred::kLanes <= dim; i += kindred::kLanes) {
      prefetch_lanes<T>(reinterpret_cast<uintptr_t>(data + i) + ahead);
      accumulate<Op>(sum, load_lanes(query + i), load_lanes(data + i));
    }
    if (i < dim) accumulate<Op>(sum, load_tail(query + i, dim - i), load_tail(data + i, dim - i));
    sums[r] = fold(sum.part);
  }
}

template <class T>
double row_squares(const void* row, size_t dim) {
  return pair_sum<typename DotOf<T>::Op>(static_cast<const T*>(row), static_cast<const T*>(row), dim);
}

template <class T>
double scale_to_floats(const void* row, size_t dim, double factor, float* out) {
  const T* data = static_cast<const T*>(row);
  const F64 factors = splat_f64(factor);
  Lanes squares = zero_lanes();
  const auto step = [&](const Lanes& from, float* to) {
    Lanes scaled;
    for (size_t p = 0; p < kParts; p++) {
      scaled.part[p] = mul(from.part[p], factors);
      store_rounded(to + p * kF64, scaled.part[p]);
    }
    accumulate<DotRounded>(squares, scaled, scaled);
  };
  size_t i = 0;
  for (; i + kindred::kLanes <= dim; i += kindred::kLanes) {
    prefetch_lanes<T>(reinterpret_cast<uintptr_t>(data + i) + kAhead);
    step(load_lanes(data + i), out + i);
  }
  if (i < dim) {
    float last[kindred::kLanes];
    step(load_tail(data + i, dim - i), last);
    for (size_t n = 0; i + n < dim; n++) out[i + n] = last[n];
  }
  return fold(squares.part);
}

template <class T>
constexpr kindred::RowKernels row_kernels() {
  return {{one_to_rows<typename DotOf<T>::Op, T>, one_to_rows<SquaredDistance, T>}, row_squares<T>, scale_to_floats<T>};
}

// A tile of canonical sums. The panels hold the sixteen lanes one after the other, in the order of their reversed
// bits, each lane `steps` long. So a register accumulates one lane of one pair at a time, and finished lanes meet in
// the canonical tree as carries do in a binary counter: at most four partial tiles wait.
constexpr size_t kColumns = kCanonicalTileParts * kF64, kTileSize = kCanonicalTileRows * kColumns;

template <class Op>
void tile(const double* a_panel, const double* b_panel, size_t steps, const double* coming, double* sums) {
  static_assert(kTileSize <= kindred::kMaxTile, "callers hold a tile in a buffer of kMaxTile");
  alignas(64) double waiting[4][kTileSize];
  size_t waiting_count = 0;
  for (size_t lane = 0; lane < kindred::kLanes; lane++) {
    F64 sum[kCanonicalTileRows][kCanonicalTileParts];
#pragma GCC unroll 16
    for (size_t r = 0; r < kCanonicalTileRows; r++) {
#pragma GCC unroll 8
      for (size_t c = 0; c < kCanonicalTileParts; c++) sum[r][c] = zero_f64();
    }
    for (size_t step = 0; step < steps; step++) {
      prefetch_line(reinterpret_cast<uintptr_t>(coming) + (lane * steps + step) * kCacheLine);
      F64 b[kCanonicalTileParts];
#pragma GCC unroll 8
      for (size_t c = 0; c < kCanonicalTileParts; c++) b[c] = load_f64(b_panel + c * kF64);
#pragma GCC unroll 16
      for (size_t r = 0; r < kCanonicalTileRows; r++) {
        const F64 a = splat_f64(a_panel[r]);
#pragma GCC unroll 8
        for (size_t c = 0; c < kCanonicalTileParts; c++) sum[r][c] = Op::step(sum[r][c], a, b[c]);
      }
      a_panel += kCanonicalTileRows;
      b_panel += kColumns;
    }
    for (size_t carry = lane + 1; carry % 2 == 0; carry /= 2) {
      const double* partner = waiting[--waiting_count];
#pragma GCC unroll 16
      for (size_t r = 0; r < kCanonicalTileRows; r++) {
#pragma GCC unroll 8
        for (size_t c = 0; c < kCanonicalTileParts; c++) {
          sum[r][c] = add(load_f64(partner + r * kColumns + c * kF64), sum[r][c]);
        }
      }
    }
    double* place = lane + 1 == kindred::kLanes ? sums : waiting[waiting_count++];
#pragma GCC unroll 16
    for (size_t r = 0; r < kCanonicalTileRows; r++) {
#pragma GCC unroll 8
      for (size_t c = 0; c < kCanonicalTileParts; c++) store(place + r * kColumns + c * kF64, sum[r][c]);
    }
  }
}

// Cosines are within 8.5 units of roundoff of sums times one over each length, and rounding keeps order. So where a little
// less and a little more round to the same float32, that is it: also 1, for what is above it by roundings alone. Some cell of
// a tile differs about one time in 100,000.
bool tile_cosines(const double* sums, const double* row_inverses, const double* column_inverses, float* out) {
  const F64 below = splat_f64(1 - 0x1p-49), above = splat_f64(1 + 0x1p-49);
  float others[kTileSize];
  for (size_t r = 0; r < kCanonicalTileRows; r++) {
    const F64 inverse = splat_f64(row_inverses[r]);
    for (size_t c = 0; c < kColumns; c += kF64) {
      const size_t at = r * kColumns + c;
      const F64 cosine = mul(mul(load_f64(sums + at), inverse), load_f64(column_inverses + c));
      store_rounded(out + at, mul(cosine, below));
      store_rounded(others + at, mul(cosine, above));
    }
  }
  int32_t differ = 0;
  for (size_t i = 0; i < kTileSize; i++) differ |= -static_cast<int32_t>(out[i] != others[i]);
  return differ == 0;
}

constexpr kindred::CanonicalKernels table() {
  return {
      pair_sum<DotExact, float>,
      pair_sum<DotRounded, double>,
      pair_sum<SquaredDistance, float>,
      pair_sum<SquaredDistance, double>,
      cosine_sums<float>,
      cosine_sums<double>,
      {row_kernels<float>(), row_kernels<double>(), row_kernels<kindred::Float16>(), row_kernels<kindred::BFloat16>(),
       row_kernels<int8_t>()},
      kCanonicalTileRows,
      kCanonicalTileParts * kF64,
      {tile<DotExact>, tile<DotRounded>, tile<SquaredDistance>},
      tile_cosines,
  };
}

}  // namespace canonical
}  // namespace
