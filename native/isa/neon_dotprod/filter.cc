// The filter on NEON with the dot product extension.
#include "isa/neon/filter.h"

namespace {

constexpr size_t kCodeRows = 8;
constexpr size_t kCodeVectors = 2;
constexpr size_t kIntegers = 4;
inline Sums dot_codes(Sums sums, Bytes codes, Bytes column) {
  return vdotq_s32(sums, vreinterpretq_s8_u8(codes), vreinterpretq_s8_u8(column));
}
// Signed: the extension has no product of unsigned with signed bytes.
inline Bytes splat_codes(const uint8_t* p) {
  uint32_t four;
  std::memcpy(&four, p, sizeof four);
  return vreinterpretq_u8_u32(vdupq_n_u32(four ^ 0x80808080u));
}
inline Sums load_sums(const int32_t* p) { return vld1q_s32(p); }
inline Sums splat_sum(int32_t s) { return vdupq_n_s32(s); }
inline void store_sums(int32_t* p, Sums v) { vst1q_s32(p, v); }
inline Sums larger(Sums a, Sums b) { return vmaxq_s32(a, b); }

}  // namespace

#include "isa/generic/filter-products-inl.h"

namespace kindred {
extern const Filter kNeonDotprodFilter;
constexpr Filter kNeonDotprodFilter = {strip_dots, row_dots, reaching, join_planes, spread_plane, 128,
                                   code_products, code_limits, code_maxima, float_products, pair_kernels(code_sums)};
}  // namespace kindred
