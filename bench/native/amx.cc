// Limits of the int8 products of matrix tiles (AMX).
#include "isa/amx/tiles.h"
#include "limits.h"

namespace {

using kindred::kLimitSteps;

constexpr size_t kTile = 16 * kDepthOfTile;
constexpr size_t kPerRound = kLimitSteps * 4 * 16 * 16 * kDepthOfTile;

// As in a matrix product, two tiles of rows by two of columns, loaded anew for each step.
void int8_rounds(size_t rounds, int32_t* sums) {
  alignas(64) uint8_t operands[4][kTile];
  for (auto& tile : operands) {
    for (size_t i = 0; i < kTile; i++) tile[i] = static_cast<uint8_t>(i % 7);
  }
  begin_tiles();
  tile_zero<0>();
  tile_zero<1>();
  tile_zero<2>();
  tile_zero<3>();
  for (size_t step = 0; step < rounds * kLimitSteps; step++) {
    tile_load<4>(operands[0], kDepthOfTile);
    tile_load<6>(operands[1], kDepthOfTile);
    tile_load<7>(operands[2], kDepthOfTile);
    tile_load<5>(operands[3], kDepthOfTile);
    tile_dot<0, 4, 6>();
    tile_dot<1, 4, 7>();
    tile_dot<2, 5, 6>();
    tile_dot<3, 5, 7>();
  }
  tile_store<0>(sums, 16 * sizeof(int32_t));
  end_tiles();
}

}  // namespace

namespace kindred {
extern const LimitKernels kLimitsAmxKernels;
constexpr LimitKernels kLimitsAmxKernels = {"amx", nullptr, 0, int8_rounds, kPerRound, nullptr};
}  // namespace kindred
