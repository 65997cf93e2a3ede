// The integer matrix product of a strip's codes with packed queries. Included after filter-inl.h. How a tile multiplies is a class:
// OneStep in one-step-products-inl.h, WholeCodes and HalfCodes in narrow-products-inl.h.
//   kCodeTileRows, kCodeTileParts   the tile that registers hold: rows (a divisor of kStrip), and registers of columns
#pragma once
#include "isa/generic/filter/pairs-inl.h"

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

// The operands of a tile: kCodeTileRows rows and kVectors registers of columns from register `first` on.
template <size_t kVectors>
struct TileOperands {
  TileOperands(const uint8_t* codes, size_t depth, const int8_t* packed, size_t first) : codes(codes), depth(depth) {
    constexpr size_t kPerBlock = kColumns / kSums;
    for (size_t c = 0; c < kVectors; c++) {
      column[c] = packed + (first + c) / kPerBlock * depth * kColumns + (first + c) % kPerBlock * kBytes;
    }
  }
  // Four elements from `k` on: of one row, in each place of a register, and of some columns.
  Bytes row(size_t r, size_t k) const { return splat_codes(codes + r * depth + k); }
  Bytes columns(size_t c, size_t k) const { return load_bytes(reinterpret_cast<const uint8_t*>(column[c]) + k * kColumns); }

  const uint8_t* codes;
  const size_t depth;
  const int8_t* column[kVectors];
};

template <size_t kVectors, class T>
inline void clear(T (&sum)[kCodeTileRows][kVectors], T zero) {
#pragma GCC unroll 8
  for (size_t r = 0; r < kCodeTileRows; r++) {
#pragma GCC unroll 8
    for (size_t c = 0; c < kVectors; c++) sum[r][c] = zero;
  }
}

// Calls use(r, c, sums) for each row and register of columns of a strip's product, all rows of some registers before the next.
template <class Tile, class Use>
inline void each_sums(const kindred::CodeProduct& product, Use use) {
  const auto [codes, depth, packed, blocks, columns, next] = product;
  const size_t vectors = (columns + kSums - 1) / kSums;
  const size_t tiles = (vectors + Tile::kParts - 1) / Tile::kParts * (kStrip / kCodeTileRows);
  const size_t moments = tiles * ((depth + kCacheLine - 1) / kCacheLine);
  Ahead ahead = {next.high, next.low, 0, next.bytes, (next.bytes / kCacheLine + moments - 1) / moments * kCacheLine};
  each_tile<Tile::kParts>(vectors, [&, codes = codes, depth = depth, packed = packed](size_t first, auto width) {
    for (size_t r0 = 0; r0 < kStrip; r0 += kCodeTileRows) {
      Sums sum[kCodeTileRows][width.value];
      Tile::multiply(TileOperands<width.value>(codes + r0 * depth, depth, packed, first), sum, ahead);
#pragma GCC unroll 8
      for (size_t c = 0; c < width.value; c++) {
#pragma GCC unroll 8
        for (size_t r = 0; r < kCodeTileRows; r++) use(r0 + r, first + c, sum[r][c]);
      }
    }
  });
}

template <class Tile>
size_t code_products(const kindred::CodeProduct& product, const int32_t* limits, const int32_t* row_limits,
                     ProductHit<int32_t>* hits) {
  size_t count = 0;
  each_sums<Tile>(product, [&](size_t r, size_t c, Sums sums) {
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

template <class Tile>
void code_sums(const kindred::CodeProduct& product, int32_t* products) {
  const size_t columns = product.blocks * kColumns;
  each_sums<Tile>(product, [&](size_t r, size_t c, Sums sums) {
    store_sums(products + r * columns + c * kSums, sums);
  });
}

template <class Tile>
void code_maxima(const kindred::CodeProduct& product, int32_t* maxima) {
  each_sums<Tile>(product, [&](size_t r, size_t c, Sums sums) {
    int32_t* to = maxima + c * kSums;
    store_sums(to, r == 0 ? sums : larger(load_sums(to), sums));
  });
}

}  // namespace
