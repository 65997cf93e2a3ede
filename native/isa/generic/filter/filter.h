// The kernels of the certified search: integer products over encoded rows and float32 products over plain ones. Their results are
// only ever compared with bounds (docs/internals/exactness.md), so they may add in any order. One table per instruction set.
#pragma once
#include <cstddef>
#include <cstdint>

namespace kindred {

// Rows encoded, searched and multiplied together.
constexpr size_t kStrip = 32;
// Queries whose columns lie side by side in a packed block.
constexpr size_t kColumns = 16;
// Elements that packed rows and queries are padded to a multiple of.
constexpr size_t kDepth = 64;
// The most queries that one pass over a strip's plane can serve.
constexpr size_t kMostVectors = 8;

// No product of codes comes near this, nor the negative of half of it: row limits are between 0 and that half.
constexpr int32_t kLimit = 1 << 30;

// A product that reached its limit.
template <class T>
struct ProductHit {
  uint32_t column;
  uint32_t row;
  T product;
};

// What the limits of columns are made of: arrays over columns, and the terms of one strip. See docs/internals/exactness.md for E.
struct ColumnTerms {
  double* offset;    // B
  double* norm;      // V
  double* rest;      // f
  double* reach;     // Y
  double* per_step;  // 1 / t
  double* shift;     // what the codes' bias adds to a product
};
struct StripTerms {
  double offset;    // the largest A of the strip, and its rounding
  double unit_rounding;  // what that rounding is at most
  double lost;      // e
  double decoded;   // rho
  double reach;     // X
  double per_scale; // 1 / s
  double rounding;  // the factor of eta
  bool is_square;   // eta grows with (X + Y)^2, not XY
};

// The planes of the strip that comes next, to be read ahead; `bytes` of each, 0 if there is none.
struct NextPlanes {
  const uint8_t* high;
  const uint8_t* low;
  size_t bytes;
};

// An integer product: a strip's codes (`depth` bytes a row, a multiple of kDepth) with `blocks` blocks of kColumns queries, packed
// [depth / 4][kColumns][4]. `next` is asked for meanwhile. Products with columns behind the first `columns` may be left out.
struct CodeProduct {
  const uint8_t* codes;
  size_t depth;
  const int8_t* packed;
  size_t blocks, columns;
  NextPlanes next;
};

// A float32 product: `count` rows, a multiple of kFloatRows, `stride` apart, with `blocks` blocks packed [steps][kColumns].
struct FloatProduct {
  const float* rows;
  size_t count, stride, steps;
  const float* packed;
  size_t blocks;
};

// What a strip's dots must reach: scale * (times * dots[r] + base) + unit * offsets[r] >= threshold.
struct DotThreshold {
  int32_t times, base;
  const float* offsets;
  double scale, unit, threshold;
};

// The product that a pair needs for G + E >= T, with the T of its column: less * times + column, or with that of its row:
// need * times + row. At most what docs/internals/exactness.md, "Both rows of a pair", asks for.
struct PairLimits {
  double* error;  // E of each column's pairs
  float* times;   // positive
  float* column;
  float* row;
};
// Of each row of a strip, in float32 and times `scale`, a power of two.
struct RowNeeds {
  const float* need;  // T - A and A's rounding, or infinite
  const float* less;  // the strip's largest A - A
  double scale;
  double most;  // the largest finite |need| and less
};

// Lower bounds of one row's pairs: scale * step[c] * (product - shift[c]) + offset + base[c] - error[c].
struct LowerTerms {
  double scale, offset;
  const double* step;
  const double* shift;
  const double* base;
  const double* error;
};

// What a search for all rows' neighbours needs besides, where there is an integer matrix product; else null.
struct PairKernels {
  // The products of code_products, all of them: products[r * blocks * kColumns + column].
  void (*code_sums)(const CodeProduct& product, int32_t* products) = nullptr;
  // Limits for thresholds of the columns and needs of the rows.
  void (*pair_limits)(const ColumnTerms& terms, const double* thresholds, const StripTerms& strip, const RowNeeds& rows,
                      size_t columns, const PairLimits& limits) = nullptr;
  // Lists the products that reach either limit; `hits` has room for all. Returns their number.
  size_t (*pair_hits)(const int32_t* products, size_t columns, const PairLimits& limits, const RowNeeds& rows,
                      ProductHit<int32_t>* hits) = nullptr;
  // For one row's products the largest lower bound among the columns c = g (mod groups), for each group g.
  void (*largest_lowers)(const int32_t* products, size_t columns, const LowerTerms& terms, size_t groups,
                         double* largest) = nullptr;
};

struct Filter {
  // Sums of nibble times query element: dots[v * kStrip + r] for each row r of a strip's plane (`half` bytes a row, a
  // multiple of 16) and each of `vectors` queries (1, 2, 4 or 8; 2 * half int8 each, one after the other). What lies `ahead`
  // bytes behind the plane is asked for meanwhile.
  void (*strip_dots)(const uint8_t* plane, size_t half, const int8_t* queries, size_t vectors, size_t ahead, int32_t* dots);
  // The same for one row and two queries.
  void (*row_dots)(const uint8_t* row, size_t half, const int8_t* queries, int32_t dots[2]);
  // Bit r is set if row r reaches it.
  uint32_t (*reaching)(const int32_t* dots, const DotThreshold& least);
  // The two planes of a strip joined: kStrip rows of `stride` bytes, of which the first 2 * half are written.
  void (*join_planes)(const uint8_t* high, const uint8_t* low, size_t half, size_t stride, uint8_t* codes);
  // The same of one plane: its four bits alone in each byte.
  void (*spread_plane)(const uint8_t* plane, size_t half, size_t stride, uint8_t* codes);

  // What join_planes takes from each code: 128 where the CPU multiplies signed bytes, else 0.
  int32_t code_taken;
  // The largest magnitude of a query's elements in products of eight bits: 127, or what keeps their sums within 16 bits.
  int32_t query_range;
  // Lists the products that are >= their column's limit plus their row's; `hits` has room for all. Returns their number. Null, with
  // code_maxima, if this level has no integer matrix product.
  size_t (*code_products)(const CodeProduct& product, const int32_t* limits, const int32_t* row_limits,
                          ProductHit<int32_t>* hits);
  // limits[c]: the product that a row whose A is the strip's largest must reach for G + E >= thresholds[c], between -kLimit and
  // kLimit; `columns` is a multiple of kColumns.
  void (*code_limits)(const ColumnTerms& terms, const double* thresholds, const StripTerms& strip, size_t columns,
                      int32_t* limits);
  // The largest product of each column.
  void (*code_maxima)(const CodeProduct& product, int32_t* maxima);
  // The same where codes have four bits, and queries eight.
  void (*half_code_maxima)(const CodeProduct& product, int32_t* maxima);

  // Lists the products that are >= their column's limit; `hits` has room for all. Returns their number.
  size_t (*float_products)(const FloatProduct& product, const float* limits, ProductHit<float>* hits);

  PairKernels pairs = {};

  // What a thread does before it computes products of codes, and after them; null where that is nothing.
  void (*begin_products)() = nullptr;
  void (*end_products)() = nullptr;
};

// Lets this thread compute products of codes.
class Multiplying {
 public:
  explicit Multiplying(const Filter& filter) : filter_(filter) {
    if (filter.begin_products != nullptr) filter.begin_products();
  }
  ~Multiplying() {
    if (filter_.end_products != nullptr) filter_.end_products();
  }
  Multiplying(const Multiplying&) = delete;
  Multiplying& operator=(const Multiplying&) = delete;

 private:
  const Filter& filter_;
};

constexpr size_t kFloatRows = 8;

}  // namespace kindred
