// The integer matrix product of a strip's codes with packed queries, for sets whose CPU multiplies four bytes at a time. Included
// after filter-inl.h.
//   kCodeTileRows, kCodeTileParts   the tile that registers hold: rows (a divisor of kStrip), and registers of columns
#pragma once
#include "isa/generic/filter-pairs-inl.h"

namespace {

// Memory to be asked for little by little while products are computed: the next strip's planes.
struct Ahead {
  const uint8_t* high;
  const uint8_t* low;
  size_t at, bytes, step;

  void ask() {
    for (const size_t end = at + step < bytes ? at + step : bytes; at < end; at += kCacheLine) {
      prefetch(high + at);
      prefetch(low + at);
    }
  }
};

// The products of kCodeTileRows rows with kVectors registers of columns from register `first` on.
template <size_t kVectors>
inline void code_tile(const uint8_t* codes, size_t depth, const int8_t* packed, size_t first,
                      Sums (&sum)[kCodeTileRows][kVectors], Ahead& ahead) {
  constexpr size_t kPerBlock = kColumns / kSums;
  const int8_t* column[kVectors];
  for (size_t c = 0; c < kVectors; c++) {
    column[c] = packed + (first + c) / kPerBlock * depth * kColumns + (first + c) % kPerBlock * kBytes;
  }
#pragma GCC unroll 8
  for (size_t r = 0; r < kCodeTileRows; r++) {
#pragma GCC unroll 8
    for (size_t c = 0; c < kVectors; c++) sum[r][c] = zero_sums();
  }
  for (size_t k = 0; k < depth; k += 4) {
    if (k % kCacheLine == 0) ahead.ask();
    Bytes b[kVectors];
#pragma GCC unroll 8
    for (size_t c = 0; c < kVectors; c++) {
      b[c] = load_bytes(reinterpret_cast<const uint8_t*>(column[c]) + k * kColumns);
    }
#pragma GCC unroll 8
    for (size_t r = 0; r < kCodeTileRows; r++) {
      const Bytes a = splat_codes(codes + r * depth + k);
#pragma GCC unroll 8
      for (size_t c = 0; c < kVectors; c++) sum[r][c] = add_products(sum[r][c], a, b[c]);
    }
  }
}

// Calls use(r, c, sums) for each row and register of columns of a strip's product, all rows of some registers before the next.
template <class Use>
inline void each_sums(const kindred::CodeProduct& product, Use use) {
  const auto [codes, depth, packed, blocks, next] = product;
  const size_t vectors = blocks * (kColumns / kSums);
  const size_t tiles = (vectors + kCodeTileParts - 1) / kCodeTileParts * (kStrip / kCodeTileRows);
  const size_t moments = tiles * ((depth + kCacheLine - 1) / kCacheLine);
  Ahead ahead = {next.high, next.low, 0, next.bytes, (next.bytes / kCacheLine + moments - 1) / moments * kCacheLine};
  each_tile<kCodeTileParts>(vectors, [&, codes = codes, depth = depth, packed = packed](size_t first, auto width) {
    for (size_t r0 = 0; r0 < kStrip; r0 += kCodeTileRows) {
      Sums sum[kCodeTileRows][width.value];
      code_tile<width.value>(codes + r0 * depth, depth, packed, first, sum, ahead);
#pragma GCC unroll 8
      for (size_t c = 0; c < width.value; c++) {
#pragma GCC unroll 8
        for (size_t r = 0; r < kCodeTileRows; r++) use(r0 + r, first + c, sum[r][c]);
      }
    }
  });
}

[[maybe_unused]] size_t code_products(const kindred::CodeProduct& product, const int32_t* limits,
                                      const int32_t* row_limits, ProductHit<int32_t>* hits) {
  size_t count = 0;
  each_sums(product, [&](size_t r, size_t c, Sums sums) {
    uint32_t bits = at_least(sums, add_sums(load_sums(limits + c * kSums), splat_sums(row_limits[r])));
    if (bits == 0) return;
    int32_t products[kSums];
    store_sums(products, sums);
    for (; bits != 0; bits &= bits - 1) {
      const uint32_t lane = lowest_bit(bits);
      hits[count++] = {static_cast<uint32_t>(c * kSums) + lane, static_cast<uint32_t>(r), products[lane]};
    }
  });
  return count;
}

[[maybe_unused]] void code_sums(const kindred::CodeProduct& product, int32_t* products) {
  const size_t columns = product.blocks * kColumns;
  each_sums(product, [&](size_t r, size_t c, Sums sums) {
    store_sums(products + r * columns + c * kSums, sums);
  });
}

[[maybe_unused]] void code_maxima(const kindred::CodeProduct& product, int32_t* maxima) {
  each_sums(product, [&](size_t r, size_t c, Sums sums) {
    int32_t* to = maxima + c * kSums;
    store_sums(to, r == 0 ? sums : larger(load_sums(to), sums));
  });
}

}  // namespace
