// Tiles of products where the CPU multiplies and adds four bytes in one instruction. Included after products-inl.h.
#pragma once

namespace {

struct OneStep {
  static constexpr size_t kParts = kCodeTileParts;

  template <size_t kVectors>
  static void multiply(const TileOperands<kVectors>& of, Sums (&sum)[kCodeTileRows][kVectors], Ahead& ahead) {
    clear(sum, zero_sums());
    for (size_t k = 0; k < of.depth; k += 4) {
      if (k % kCacheLine == 0) ahead.ask();
      Bytes b[kVectors];
#pragma GCC unroll 8
      for (size_t c = 0; c < kVectors; c++) b[c] = of.columns(c, k);
#pragma GCC unroll 8
      for (size_t r = 0; r < kCodeTileRows; r++) {
        const Bytes a = of.row(r, k);
#pragma GCC unroll 8
        for (size_t c = 0; c < kVectors; c++) sum[r][c] = add_products(sum[r][c], a, b[c]);
      }
    }
  }
};

}  // namespace
