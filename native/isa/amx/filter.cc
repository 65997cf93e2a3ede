// The filter on AMX: the integer matrix product in tiles of 16 x 16, everything else as on AVX-512 with VNNI.
#include "isa/avx512/vectors.h"
// What is written over them.
#include "isa/amx/tiles.h"
#include "isa/generic/filter/filter-inl.h"

namespace {

// Two tiles of rows by two of columns: sums in tiles 0 to 3, rows in 4 and 5, columns in 6 and 7.
constexpr size_t kTileRows = 16;
constexpr size_t kTwoBlocks = 2 * kColumns;

// Memory to be asked for little by little while products are computed: the next strip's planes. Into the second cache: the first has
// room for what is multiplied and little else.
class FarAhead {
 public:
  FarAhead(const kindred::NextPlanes& next, size_t moments)
      : next_(next), step_((next.bytes / kCacheLine + moments - 1) / moments * kCacheLine) {}

  void ask() {
    for (const size_t end = at_ + step_ < next_.bytes ? at_ + step_ : next_.bytes; at_ < end; at_ += kCacheLine) {
      prefetch_far(next_.high + at_);
      prefetch_far(next_.low + at_);
    }
  }

 private:
  const kindred::NextPlanes& next_;
  const size_t step_;
  size_t at_ = 0;
};

inline void zero_four() {
  tile_zero<0>();
  tile_zero<1>();
  tile_zero<2>();
  tile_zero<3>();
}

// As the upper and lower halves of two blocks side by side.
inline void store_four(int32_t (&sums)[kStrip][kTwoBlocks]) {
  tile_store<0>(&sums[0][0], sizeof sums[0]);
  tile_store<1>(&sums[0][kColumns], sizeof sums[0]);
  tile_store<2>(&sums[kTileRows][0], sizeof sums[0]);
  tile_store<3>(&sums[kTileRows][kColumns], sizeof sums[0]);
}

// Two blocks of columns side by side. The rows' codes stay in the first cache. Columns come from the second, and would push them out:
// with loads that leave them there, all of it is a seventh faster.
inline void multiply_two(const uint8_t* codes, size_t depth, const int8_t* columns, FarAhead& ahead, int32_t (&sums)[kStrip][kTwoBlocks]) {
  zero_four();
  for (size_t k = 0; k < depth; k += kDepthOfTile) {
    ahead.ask();
    tile_load<4>(codes + k, depth);
    tile_load_once<6>(columns + k * kColumns, kColumns * 4);
    tile_load_once<7>(columns + (depth + k) * kColumns, kColumns * 4);
    tile_load<5>(codes + kTileRows * depth + k, depth);
    tile_dot<0, 4, 6>();
    tile_dot<1, 4, 7>();
    tile_dot<2, 5, 6>();
    tile_dot<3, 5, 7>();
  }
  store_four(sums);
}

// One block, in the left half of `sums`: even and odd steps have sums of their own, or each would wait for the last.
inline void multiply_one(const uint8_t* codes, size_t depth, const int8_t* columns, FarAhead& ahead, int32_t (&sums)[kStrip][kTwoBlocks]) {
  zero_four();
  for (size_t k = 0; k < depth; k += 2 * kDepthOfTile) {
    ahead.ask();
    tile_load<4>(codes + k, depth);
    tile_load_once<6>(columns + k * kColumns, kColumns * 4);
    tile_load<5>(codes + kTileRows * depth + k, depth);
    tile_dot<0, 4, 6>();
    tile_dot<2, 5, 6>();
    if (k + kDepthOfTile == depth) break;
    ahead.ask();
    tile_load<4>(codes + k + kDepthOfTile, depth);
    tile_load_once<7>(columns + (k + kDepthOfTile) * kColumns, kColumns * 4);
    tile_load<5>(codes + kTileRows * depth + k + kDepthOfTile, depth);
    tile_dot<1, 4, 7>();
    tile_dot<3, 5, 7>();
  }
  store_four(sums);
  for (auto& row : sums) _mm512_store_si512(row, _mm512_add_epi32(_mm512_load_si512(row), _mm512_load_si512(row + kColumns)));
}

// Calls use(first, count, sums) for the products of the whole strip with `count` blocks from `first` on: two, or one at the end.
template <class Use>
inline void each_two_blocks(const kindred::CodeProduct& product, Use use) {
  const auto [codes, depth, packed, blocks, columns, next] = product;
  alignas(64) int32_t sums[kStrip][kTwoBlocks];
  FarAhead ahead(next, (blocks + 1) / 2 * (depth / kDepthOfTile));
  size_t first = 0;
  for (; first + 2 <= blocks; first += 2) {
    multiply_two(codes, depth, packed + first * depth * kColumns, ahead, sums);
    use(first, 2, sums);
  }
  if (first < blocks) {
    multiply_one(codes, depth, packed + first * depth * kColumns, ahead, sums);
    use(first, 1, sums);
  }
}

// The largest product of each column of a block.
inline __m512i largest(const int32_t (&sums)[kStrip][kTwoBlocks], size_t half) {
  __m512i most[2] = {_mm512_load_si512(&sums[0][half * kColumns]), _mm512_load_si512(&sums[1][half * kColumns])};
  for (size_t r = 2; r < kStrip; r += 2) {
    most[0] = _mm512_max_epi32(most[0], _mm512_load_si512(&sums[r][half * kColumns]));
    most[1] = _mm512_max_epi32(most[1], _mm512_load_si512(&sums[r + 1][half * kColumns]));
  }
  return _mm512_max_epi32(most[0], most[1]);
}

size_t tile_products(const kindred::CodeProduct& product, const int32_t* limits, const int32_t* row_limits,
                     ProductHit<int32_t>* hits) {
  size_t count = 0;
  each_two_blocks(product, [&](size_t first, size_t many, const auto& sums) {
    for (size_t half = 0; half < many; half++) {
      const __m512i limit = _mm512_loadu_si512(limits + (first + half) * kColumns);
      // Many columns reach their limit nowhere: their largest product tells.
      if (_mm512_cmpge_epi32_mask(largest(sums, half), limit) == 0) continue;
      for (size_t r = 0; r < kStrip; r++) {
        const __m512i products = _mm512_load_si512(&sums[r][half * kColumns]);
        uint32_t bits = bits_of(_mm512_cmpge_epi32_mask(products, _mm512_add_epi32(limit, _mm512_set1_epi32(row_limits[r]))));
        for (; bits != 0; bits &= bits - 1) {
          const uint32_t lane = lowest_bit(bits);
          hits[count++] = {static_cast<uint32_t>((first + half) * kColumns) + lane, static_cast<uint32_t>(r),
                           sums[r][half * kColumns + lane]};
        }
      }
    }
  });
  return count;
}

void tile_maxima(const kindred::CodeProduct& product, int32_t* maxima) {
  each_two_blocks(product, [&](size_t first, size_t many, const auto& sums) {
    for (size_t half = 0; half < many; half++) {
      _mm512_storeu_si512(maxima + (first + half) * kColumns, largest(sums, half));
    }
  });
}

}  // namespace

namespace kindred {
extern const Filter kAmxFilter;
constexpr Filter kAmxFilter = {strip_dots, row_dots, reaching, join_planes, spread_plane, 0, 127,
    tile_products, code_limits, tile_maxima, tile_maxima,
    float_products, {}, begin_tiles, end_tiles};
}  // namespace kindred
