// The filter on AMX: the integer matrix product in tiles of 16 x 16, everything else as on AVX-512 with VNNI.
#include "filter_avx512.h"
#include "tiles.h"

namespace {

// Two tiles of rows by two of columns: sums in tiles 0 to 3, rows in 4 and 5, columns in 6 and 7.
constexpr size_t kTileRows = 16;

// Products of the whole strip with blocks `first` and `first + 1`, or `first` alone, as sums[row][column].
inline void strip_tiles(const uint8_t* codes, size_t depth, const int8_t* packed, size_t first, bool both,
                        int32_t (&sums)[kStrip][2 * kColumns]) {
  const int8_t* left = packed + first * depth * kColumns;
  const int8_t* right = left + depth * kColumns;
  tile_zero<0>();
  tile_zero<2>();
  if (both) {
    tile_zero<1>();
    tile_zero<3>();
  }
  for (size_t k = 0; k < depth; k += kDepthOfTile) {
    tile_load<4>(codes + k, depth);
    tile_load<6>(left + k * kColumns, kColumns * 4);
    tile_dot<0, 4, 6>();
    tile_load<5>(codes + kTileRows * depth + k, depth);
    tile_dot<2, 5, 6>();
    if (!both) continue;
    tile_load<7>(right + k * kColumns, kColumns * 4);
    tile_dot<1, 4, 7>();
    tile_dot<3, 5, 7>();
  }
  tile_store<0>(&sums[0][0], sizeof sums[0]);
  tile_store<2>(&sums[kTileRows][0], sizeof sums[0]);
  if (both) {
    tile_store<1>(&sums[0][kColumns], sizeof sums[0]);
    tile_store<3>(&sums[kTileRows][kColumns], sizeof sums[0]);
  }
}

size_t tile_products(const uint8_t* codes, size_t depth, const int8_t* packed, size_t blocks, const int32_t* limits,
                     const int32_t* row_limits, const kindred::NextPlanes& next, ProductHit<int32_t>* hits) {
  begin_tiles();
  alignas(64) int32_t sums[kStrip][2 * kColumns];
  const size_t passes = (blocks + 1) / 2, ahead = (next.bytes / kCacheLine + passes - 1) / passes * kCacheLine;
  size_t count = 0;
  for (size_t first = 0; first < blocks; first += 2) {
    const bool both = first + 1 < blocks;
    for (size_t at = first / 2 * ahead; at < (first / 2 + 1) * ahead && at < next.bytes; at += kCacheLine) {
      prefetch(next.high + at);
      prefetch(next.low + at);
    }
    strip_tiles(codes, depth, packed, first, both, sums);
    for (size_t half = 0; half < (both ? 2u : 1u); half++) {
      const __m512i limit = _mm512_loadu_si512(limits + (first + half) * kColumns);
      // Most columns reach their limit nowhere: their largest product tells.
      __m512i most = _mm512_load_si512(&sums[0][half * kColumns]);
      for (size_t r = 1; r < kStrip; r++) most = _mm512_max_epi32(most, _mm512_load_si512(&sums[r][half * kColumns]));
      if (_mm512_cmpge_epi32_mask(most, limit) == 0) continue;
      for (size_t r = 0; r < kStrip; r++) {
        const __m512i products = _mm512_load_si512(&sums[r][half * kColumns]);
        uint32_t bits = _mm512_cmpge_epi32_mask(products, _mm512_add_epi32(limit, _mm512_set1_epi32(row_limits[r])));
        for (; bits != 0; bits &= bits - 1) {
          const uint32_t lane = lowest_bit(bits);
          hits[count++] = {static_cast<uint32_t>((first + half) * kColumns) + lane, static_cast<uint32_t>(r),
                           sums[r][half * kColumns + lane]};
        }
      }
    }
  }
  end_tiles();
  return count;
}

void tile_maxima(const uint8_t* codes, size_t depth, const int8_t* packed, size_t blocks, int32_t* maxima) {
  begin_tiles();
  alignas(64) int32_t sums[kStrip][2 * kColumns];
  for (size_t first = 0; first < blocks; first += 2) {
    const bool both = first + 1 < blocks;
    strip_tiles(codes, depth, packed, first, both, sums);
    for (size_t half = 0; half < (both ? 2u : 1u); half++) {
      __m512i most = _mm512_load_si512(&sums[0][half * kColumns]);
      for (size_t r = 1; r < kStrip; r++) most = _mm512_max_epi32(most, _mm512_load_si512(&sums[r][half * kColumns]));
      _mm512_storeu_si512(maxima + (first + half) * kColumns, most);
    }
  }
  end_tiles();
}

}  // namespace

namespace kindred {
extern const Filter kAmxFilter;
constexpr Filter kAmxFilter = {strip_dots, row_dots, reaching, join_planes, 0,
                           tile_products, code_limits, tile_maxima, float_products};
}  // namespace kindred
