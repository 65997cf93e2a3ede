// The few AMX instructions in use, and the same in plain C++ (KINDRED_EMULATE_TILES) so that the kernels over them can be
// tested on a CPU without AMX.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace {

constexpr size_t kDepthOfTile = 64;

#if defined(KINDRED_EMULATE_TILES)

thread_local int32_t g_tiles[8][16][16];

void begin_tiles() { std::memset(g_tiles, 0x55, sizeof g_tiles); }
void end_tiles() {}

template <int tile>
void tile_zero() {
  std::memset(g_tiles[tile], 0, sizeof g_tiles[tile]);
}
template <int tile>
void tile_load(const void* from, size_t stride) {
  for (size_t r = 0; r < 16; r++) std::memcpy(g_tiles[tile][r], static_cast<const uint8_t*>(from) + r * stride, 64);
}
template <int tile>
void tile_load_once(const void* from, size_t stride) {
  tile_load<tile>(from, stride);
}
template <int tile>
void tile_store(void* to, size_t stride) {
  for (size_t r = 0; r < 16; r++) std::memcpy(static_cast<uint8_t*>(to) + r * stride, g_tiles[tile][r], 64);
}
template <int sums, int codes, int columns>
void tile_dot() {
  for (size_t r = 0; r < 16; r++) {
    for (size_t k = 0; k < 16; k++) {
      for (size_t c = 0; c < 16; c++) {
        const auto* a = reinterpret_cast<const uint8_t*>(&g_tiles[codes][r][k]);
        const auto* b = reinterpret_cast<const int8_t*>(&g_tiles[columns][k][c]);
        for (size_t i = 0; i < 4; i++) g_tiles[sums][r][c] += a[i] * b[i];
      }
    }
  }
}

#else

// Eight tiles of 16 rows of 64 bytes. The instruction reads all 64 bytes of the configuration, which GCC 12's intrinsic does
// not tell the compiler: hence the operand.
struct alignas(64) TileConfiguration {
  uint8_t palette = 1;
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

// Tiles are part of a thread's state: configured before products are computed, and given back after them. Not a destructor:
// it would make the compiler refer to a weak symbol for exceptions, which nothing here throws.
inline void begin_tiles() {
  const TileConfiguration configuration;
  __asm__ volatile("ldtilecfg %0" ::"m"(configuration));
}
inline void end_tiles() { __asm__ volatile("tilerelease"); }

template <int tile>
inline void tile_zero() {
  __asm__ volatile("tilezero %%tmm%c0" ::"i"(tile));
}
template <int tile>
inline void tile_load(const void* from, size_t stride) {
  __asm__ volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(from), "r"(stride), "i"(tile) : "memory");
}
// The same for what is not wanted again soon: it leaves the first cache to what is.
template <int tile>
inline void tile_load_once(const void* from, size_t stride) {
  __asm__ volatile("tileloaddt1 (%0,%1,1), %%tmm%c2" ::"r"(from), "r"(stride), "i"(tile) : "memory");
}
template <int tile>
inline void tile_store(void* to, size_t stride) {
  __asm__ volatile("tilestored %%tmm%c2, (%0,%1,1)" ::"r"(to), "r"(stride), "i"(tile) : "memory");
}
// Adds the products of unsigned codes with signed columns.
template <int sums, int codes, int columns>
inline void tile_dot() {
  __asm__ volatile("tdpbusd %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(sums), "i"(codes), "i"(columns));
}

#endif

}  // namespace
