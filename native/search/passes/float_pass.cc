// Rows that are not encoded: a float32 matrix product tells which pairs are worth a canonical score (docs/internals/exactness.md, "The
// float32 filter").
#include <algorithm>
#include <cmath>

#include "machine/aligned.h"
#include "search/certified.h"

namespace kindred {

namespace {

// Rows that are multiplied together. Queries are read once for all of them, and often from beyond the second cache.
constexpr size_t kTogether = 128;

// Powers of two beyond which float32 products might overflow; such rows are scored without a filter.
constexpr int kLargestExponent = 100;

size_t up_to_multiple(size_t count, size_t to) { return (count + to - 1) / to * to; }

// Cache lines from row to row: an odd number, so that the rows of a tile do not compete for the same places in the cache.
size_t stride_of(size_t steps) {
  constexpr size_t kLine = 64 / sizeof(float);
  return (up_to_multiple(steps, kLine) / kLine | 1) * kLine;
}

// The largest norm of some rows, and of the half squares.
struct Reach {
  double norm, half_square;

  // Whether limits made for this reach are right for rows of another, and hardly lower than need be.
  bool serves(const Reach& rows) const {
    return rows.norm <= norm && norm <= 2 * rows.norm && rows.half_square <= half_square && half_square <= 2 * rows.half_square;
  }
};

struct FloatScratch {
  FloatScratch(size_t stride, size_t columns) : rows(kTogether * stride), limits(columns, kNever), hits(kTogether * columns) {}

  static constexpr float kNever = std::numeric_limits<float>::infinity();
  Aligned<float> rows;
  Reach reach = {-1, -1};  // that `limits` are made for
  Aligned<float> limits;
  std::vector<ProductHit<float>> hits;
};

class Floats {
 public:
  explicit Floats(CertifiedSearch& search)
      : search_(search),
        corpus_(search.corpus),
        filter_(*search.corpus.filter),
        dim_(search.corpus.dim),
        // For euclidean one more element multiplies half the row's square with one.
        steps_(dim_ + (is_euclidean() ? 1 : 0)),
        stride_(stride_of(steps_)),
        blocks_((search.queries.size() + kColumns - 1) / kColumns),
        // Products and additions of all steps, and the rounding of both elements and of the half square.
        gamma_(static_cast<double>(steps_ + 5) * kFloatRoundoff / (1 - static_cast<double>(steps_ + 5) * kFloatRoundoff)),
        rounding_(corpus_.metric, dim_, 0),
        packed_(blocks_ * kColumns * steps_, 0),
        terms_(search.queries.size()) {
    std::vector<double> y(dim_);
    for (size_t q = 0; q < search.queries.size(); q++) {
      search.unit_query(q, y.data());
      pack_query(q, y.data());
      all_in_range_ = all_in_range_ && terms_[q].in_range;
    }
    for (size_t t = 0; t < search.options.threads; t++) scratch_.emplace_back(stride_, blocks_ * kColumns);
  }

  bool run() {
    return search_.each_block(
        [&](size_t thread, const Snapshot::Block& block) { pass(scratch_[thread], thread, block); });
  }

 private:
  struct Terms {
    double norm;    // >= that of y-hat
    double scale;   // the power of two that y-hat was divided by
    double offset;  // B
    bool in_range;
  };

  bool is_euclidean() const { return search_.corpus.metric == Metric::kEuclidean; }

  void pack_query(size_t q, const double* y) {
    double squares = 0;
    for (size_t j = 0; j < dim_; j++) squares += y[j] * y[j];
    Terms& terms = terms_[q];
    terms.norm = norm_bound(squares, dim_);
    int exponent = 0;
    if (terms.norm > 0) std::frexp(terms.norm, &exponent);
    // Half squares are divided by the scale too, and must not grow.
    if (is_euclidean()) exponent = std::max(exponent, 0);
    terms.in_range = std::abs(exponent) <= kLargestExponent;
    terms.scale = std::ldexp(1.0, exponent);
    terms.offset = is_euclidean() ? -0.5 * squares : 0;
    // The column of a query out of range stays zero, and its products below any limit.
    if (!terms.in_range) return;
    float* column = packed_.data() + q / kColumns * steps_ * kColumns + q % kColumns;
    for (size_t j = 0; j < dim_; j++) column[j * kColumns] = static_cast<float>(y[j] / terms.scale);
    if (is_euclidean()) column[dim_ * kColumns] = static_cast<float>(1 / terms.scale);
  }

  // Writes x-hat of some rows; those beyond `count`, up to a multiple of kFloatRows, are zero.
  Reach round_rows(FloatScratch& scratch, const Chunk& chunk, size_t first, size_t count) {
    const RowKernels& kernels = corpus_.kernels->of(corpus_.dtype);
    Reach reach = {0, 0};
    for (size_t r = 0; r < count; r++) {
      double factor = 1;
      if (reads_squares(corpus_.metric)) {
        const double norm = std::sqrt(*chunk.squares_from(first + r));
        factor = norm > 0 ? 1 / norm : 0;
      }
      float* to = scratch.rows.data() + r * stride_;
      const double squares = kernels.scale_to_floats(chunk.row(first + r), dim_, factor, to);
      reach.norm = std::max(reach.norm, norm_bound(squares, dim_));
      if (!is_euclidean()) continue;
      to[dim_] = static_cast<float>(-0.5 * squares);
      reach.half_square = std::max(reach.half_square, 0.5 * squares);
    }
    std::fill(scratch.rows.data() + count * stride_, scratch.rows.data() + up_to_multiple(count, kFloatRows) * stride_, 0.0f);
    return reach;
  }

  void pass(FloatScratch& scratch, size_t thread, const Snapshot::Block& block) {
    const Chunk& chunk = *corpus_.chunks[block.chunk];
    const size_t first_slot = block.chunk * corpus_.chunk_rows;
    scratch.reach = {-1, -1};
    for (size_t first = block.first; first < block.last; first += kTogether) {
      const size_t count = std::min(kTogether, block.last - first);
      if (!search_.admits_any(first_slot + first, count)) continue;
      const Reach reach = round_rows(scratch, chunk, first, count);
      const double limit = std::ldexp(1.0, kLargestExponent);
      if (!(reach.norm < limit && reach.half_square < limit)) {
        score(thread, block.chunk, first, count, 0, terms_.size());
      } else {
        multiply(scratch, thread, block.chunk, first, count, reach);
      }
    }
  }

  // Without a filter.
  void score(size_t thread, size_t chunk, size_t first, size_t count, size_t first_query, size_t last_query) {
    for (size_t r = 0; r < count; r += kStrip) {
      search_.offer_scored(thread, chunk, first + r, std::min(kStrip, count - r), first_query, last_query);
    }
  }

  void multiply(FloatScratch& scratch, size_t thread, size_t chunk, size_t first, size_t count, const Reach& reach) {
    if (!all_in_range_) {
      for (size_t q = 0; q < terms_.size(); q++) {
        if (!terms_[q].in_range) score(thread, chunk, first, count, q, q + 1);
      }
    }
    // Most rows are like the last ones: then only limits of queries that found something since are out of date.
    if (!scratch.reach.serves(reach)) {
      scratch.reach = reach;
      for (size_t q = 0; q < terms_.size(); q++) set_limit(scratch, q);
    }
    const size_t padded = up_to_multiple(count, kFloatRows);
    const FloatProduct product = {scratch.rows.data(), padded, stride_, steps_, packed_.data(), blocks_};
    const size_t hits = filter_.float_products(product, scratch.limits.data(), scratch.hits.data());
    const size_t slot = chunk * corpus_.chunk_rows + first;
    for (size_t h = 0; h < hits; h++) {
      const ProductHit<float>& hit = scratch.hits[h];
      if (hit.row >= count || hit.column >= terms_.size() || !search_.admits(slot + hit.row)) continue;
      const Terms& terms = terms_[hit.column];
      search_.offer(thread, hit.column, slot + hit.row, static_cast<double>(hit.product) * terms.scale + terms.offset,
                    error(terms, reach));
      set_limit(scratch, hit.column);
    }
  }

  void set_limit(FloatScratch& scratch, size_t q) {
    const Terms& terms = terms_[q];
    if (!terms.in_range) return;
    const double needed = (search_.queries[q].threshold.get() - terms.offset - error(terms, scratch.reach)) / terms.scale;
    scratch.limits.data()[q] = std::nextafter(static_cast<float>(needed), -FloatScratch::kNever);
  }

  double error(const Terms& terms, const Reach& reach) const {
    const double underflow =
        static_cast<double>(steps_) * 0x1p-149 * (terms.scale * (1 + reach.norm) + terms.norm + 1);
    return gamma_ * (reach.norm * terms.norm + reach.half_square) + underflow + rounding_(reach.norm, terms.norm);
  }

  CertifiedSearch& search_;
  const Snapshot& corpus_;
  const Filter& filter_;
  const size_t dim_, steps_, stride_, blocks_;
  const double gamma_;
  const Rounding rounding_;
  Aligned<float> packed_;
  std::vector<Terms> terms_;
  bool all_in_range_ = true;
  std::deque<FloatScratch> scratch_;
};

}  // namespace

bool float_pass(CertifiedSearch& search) { return Floats(search).run(); }

}  // namespace kindred
