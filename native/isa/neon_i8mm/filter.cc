// The filter on NEON with the int8 matrix multiply extension: the integer matrix product by SMMLA, two rows by two columns and
// eight elements in one instruction; everything else as with dot products.
#include "isa/neon/vectors.h"
// What is written over them.
#include "isa/generic/filter/filter-inl.h"
#include "isa/generic/filter/pairs-inl.h"

namespace {

// Rows and columns of a tile; its sums fill half of the registers.
constexpr size_t kTileRows = 8, kTileColumns = 8;
constexpr size_t kDeep = 8;

// Eight codes of each of two rows.
inline int8x16_t two_rows(const uint8_t* row, size_t depth) {
  return vreinterpretq_s8_u8(vcombine_u8(vld1_u8(row), vld1_u8(row + depth)));
}

// Products of kTileRows rows with the columns from `packed` on, which lie in groups of four elements.
inline void multiply_tile(const uint8_t* codes, size_t depth, const int8_t* packed,
                          int32_t (&products)[kTileRows][kTileColumns]) {
  int32x4_t sum[kTileRows / 2][kTileColumns / 2];
  for (auto& of_rows : sum) {
    for (auto& each : of_rows) each = zero_sums();
  }
  for (size_t k = 0; k < depth; k += kDeep) {
    int8x16_t b[kTileColumns / 2];
#pragma GCC unroll 2
    for (size_t c = 0; c < kTileColumns; c += 4) {
      // Elements k to k + 3 of four columns, and k + 4 to k + 7: two columns of eight each.
      const int32x4_t first = vreinterpretq_s32_s8(vld1q_s8(packed + k * kColumns + 4 * c));
      const int32x4_t second = vreinterpretq_s32_s8(vld1q_s8(packed + (k + 4) * kColumns + 4 * c));
      b[c / 2] = vreinterpretq_s8_s32(vzip1q_s32(first, second));
      b[c / 2 + 1] = vreinterpretq_s8_s32(vzip2q_s32(first, second));
    }
#pragma GCC unroll 4
    for (size_t r = 0; r < kTileRows / 2; r++) {
      const int8x16_t a = two_rows(codes + 2 * r * depth + k, depth);
#pragma GCC unroll 4
      for (size_t c = 0; c < kTileColumns / 2; c++) sum[r][c] = vmmlaq_s32(sum[r][c], a, b[c]);
    }
  }
  for (size_t r = 0; r < kTileRows / 2; r++) {
    for (size_t c = 0; c < kTileColumns / 2; c++) {
      vst1_s32(&products[2 * r][2 * c], vget_low_s32(sum[r][c]));
      vst1_s32(&products[2 * r + 1][2 * c], vget_high_s32(sum[r][c]));
    }
  }
}

// The next strip's planes, to be asked for by each tile in turn.
struct Ahead {
  Ahead(const kindred::NextPlanes& next, size_t blocks)
      : next(next), step((next.bytes / kCacheLine + tiles(blocks) - 1) / tiles(blocks) * kCacheLine) {}
  static size_t tiles(size_t blocks) { return blocks * kColumns / kTileColumns * (kStrip / kTileRows); }

  void ask() {
    for (const size_t end = at + step; at < end && at < next.bytes; at += kCacheLine) {
      prefetch(next.high + at);
      prefetch(next.low + at);
    }
  }

  const kindred::NextPlanes& next;
  const size_t step;
  size_t at = 0;
};

// Calls use(first row, first column, products) for every tile of a strip with all blocks.
template <class Use>
inline void each_product_tile(const kindred::CodeProduct& product, Use use) {
  const auto [codes, depth, packed, blocks, columns, next] = product;
  Ahead ahead(next, blocks);
  int32_t products[kTileRows][kTileColumns];
  for (size_t column = 0; column < columns; column += kTileColumns) {
    const int8_t* from = packed + column / kColumns * depth * kColumns + column % kColumns * 4;
    for (size_t row = 0; row < kStrip; row += kTileRows) {
      multiply_tile(codes + row * depth, depth, from, products);
      ahead.ask();
      use(row, column, products);
    }
  }
}

size_t matrix_products(const kindred::CodeProduct& product, const int32_t* limits, const int32_t* row_limits,
                       ProductHit<int32_t>* hits) {
  size_t count = 0;
  each_product_tile(product, [&](size_t row, size_t column, const auto& products) {
    for (size_t c = 0; c < kTileColumns; c += 4) {
      const Sums limit = vld1q_s32(limits + column + c);
      for (size_t r = 0; r < kTileRows; r++) {
        uint32_t bits = at_least(vld1q_s32(&products[r][c]), vaddq_s32(limit, vdupq_n_s32(row_limits[row + r])));
        for (; bits != 0; bits &= bits - 1) {
          const uint32_t lane = lowest_bit(bits);
          hits[count++] = {static_cast<uint32_t>(column + c) + lane, static_cast<uint32_t>(row + r), products[r][c + lane]};
        }
      }
    }
  });
  return count;
}

void matrix_sums(const kindred::CodeProduct& product, int32_t* sums) {
  const size_t columns = product.blocks * kColumns;
  each_product_tile(product, [&](size_t row, size_t column, const auto& products) {
    for (size_t r = 0; r < kTileRows; r++) {
      int32_t* to = sums + (row + r) * columns + column;
      for (size_t c = 0; c < kTileColumns; c += 4) vst1q_s32(to + c, vld1q_s32(&products[r][c]));
    }
  });
}

void matrix_maxima(const kindred::CodeProduct& product, int32_t* maxima) {
  each_product_tile(product, [&](size_t row, size_t column, const auto& products) {
    for (size_t c = 0; c < kTileColumns; c += 4) {
      Sums most = vld1q_s32(row == 0 ? &products[0][c] : maxima + column + c);
      for (size_t r = 0; r < kTileRows; r++) most = vmaxq_s32(most, vld1q_s32(&products[r][c]));
      vst1q_s32(maxima + column + c, most);
    }
  });
}

}  // namespace

namespace kindred {
extern const Filter kNeonI8mmFilter;
constexpr Filter kNeonI8mmFilter = {strip_dots, row_dots, reaching, join_planes, spread_plane, 128, 127,
    matrix_products, code_limits, matrix_maxima, matrix_maxima,
    float_products, pair_kernels(matrix_sums)};
}  // namespace kindred
