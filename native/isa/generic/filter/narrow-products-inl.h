// Tiles of products where the CPU multiplies bytes to 16 bits: some steps are added in these, then widened. docs/internals/exactness.md,
// "Sums of 16 bits", has why none overflows. Included after products-inl.h.
//   kCodeSteps   steps of four whole codes whose sums fit, with queries of at most kQueryRange
#pragma once

namespace {

// Leaves the registers to others.
template <class T>
inline void in_memory([[maybe_unused]] T& value) {
#if defined(__GNUC__)
  __asm__("" : "+m"(value));
#endif
}

// Whole codes: sums stay in registers, and what is in 16 bits lives for kCodeSteps.
struct WholeCodes {
  static constexpr size_t kParts = kCodeTileParts;

  template <size_t kVectors>
  static void multiply(const TileOperands<kVectors>& of, Sums (&sum)[kCodeTileRows][kVectors], Ahead& ahead) {
    clear(sum, zero_sums());
    for (size_t k = 0; k < of.depth; k += 4 * kCodeSteps) {
      if (k % kCacheLine == 0) ahead.ask();
      Bytes b[kVectors][kCodeSteps];
#pragma GCC unroll 8
      for (size_t c = 0; c < kVectors; c++) {
#pragma GCC unroll 2
        for (size_t s = 0; s < kCodeSteps; s++) b[c][s] = of.columns(c, k + 4 * s);
      }
#pragma GCC unroll 8
      for (size_t r = 0; r < kCodeTileRows; r++) {
        Bytes a[kCodeSteps];
#pragma GCC unroll 2
        for (size_t s = 0; s < kCodeSteps; s++) a[s] = of.row(r, k + 4 * s);
#pragma GCC unroll 8
        for (size_t c = 0; c < kVectors; c++) {
          Pairs pairs = pairs_of(a[0], b[c][0]);
#pragma GCC unroll 2
          for (size_t s = 1; s < kCodeSteps; s++) pairs = add_pairs(pairs, a[s], b[c][s]);
          sum[r][c] = add_widened(sum[r][c], pairs);
        }
      }
    }
  }
};

// Codes of four bits: eight steps fit, so the 16 bits stay in registers, and the sums in the cache.
struct HalfCodes {
  static constexpr size_t kParts = kHalfCodeTileParts;

  template <size_t kVectors>
  static void multiply(const TileOperands<kVectors>& of, Sums (&sum)[kCodeTileRows][kVectors], Ahead& ahead) {
    constexpr size_t kStretch = 4 * 8;
    static_assert(kindred::kDepth % kStretch == 0, "rows are whole stretches");
    clear(sum, zero_sums());
    for (size_t from = 0; from < of.depth; from += kStretch) {
      if (from % kCacheLine == 0) ahead.ask();
      Pairs pairs[kCodeTileRows][kVectors];
      clear(pairs, zero_pairs());
      in_memory(sum);
#pragma GCC unroll 8
      for (size_t k = from; k < from + kStretch; k += 4) {
        Bytes b[kVectors];
#pragma GCC unroll 8
        for (size_t c = 0; c < kVectors; c++) b[c] = of.columns(c, k);
#pragma GCC unroll 8
        for (size_t r = 0; r < kCodeTileRows; r++) {
          const Bytes a = of.row(r, k);
#pragma GCC unroll 8
          for (size_t c = 0; c < kVectors; c++) pairs[r][c] = add_pairs(pairs[r][c], a, b[c]);
        }
      }
#pragma GCC unroll 8
      for (size_t r = 0; r < kCodeTileRows; r++) {
#pragma GCC unroll 8
        for (size_t c = 0; c < kVectors; c++) sum[r][c] = add_widened(sum[r][c], pairs[r][c]);
      }
    }
  }
};

}  // namespace
