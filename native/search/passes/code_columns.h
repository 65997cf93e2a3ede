// Queries as the columns of an integer matrix product with the rows' codes, of four bits or eight: what limits and estimates are
// made of.
#pragma once
#include <vector>

#include "machine/aligned.h"
#include "search/certified.h"

namespace kindred {

class CodeColumns {
 public:
  CodeColumns(const CertifiedSearch& search, const std::vector<EncodedQuery>& queries);

  // Columns with the padding that no query stands behind.
  size_t columns() const { return blocks_ * kColumns; }
  size_t blocks() const { return blocks_; }
  // Bytes of a row as the product reads it.
  size_t depth() const { return depth_; }
  const int8_t* packed() const { return packed_.data(); }
  const ColumnTerms& terms(Stage stage) const { return stage == Stage::kCoarse ? coarse_terms_ : fine_terms_; }
  double step(size_t q) const { return queries_[q].byte.step; }
  const std::vector<EncodedQuery>& queries() const { return queries_; }

  // A strip's codes, kStrip rows of `depth` bytes; what lies behind a row's elements is left as it is.
  void read(Stage stage, const EncodedStrip& strip, uint8_t* codes) const;
  // With the largest A of the strip's rows, and its rounding.
  StripTerms strip_terms(Stage stage, const EncodedStrip& strip) const;
  // How much more than the limits of that A the products of each row must reach: kStrip numbers.
  void row_limits(Stage stage, const EncodedStrip& strip, int32_t* limits) const;
  // At least G + E of the strip's rows, for each column's largest product.
  void uppers(Stage stage, const EncodedStrip& strip, const int32_t* maxima, double* uppers) const;
  // The product with a strip's codes, while what is read of `next`, null or not, is asked for.
  CodeProduct product(Stage stage, const uint8_t* codes, const EncodedStrip& next) const {
    return {codes, depth_, packed_.data(), blocks_, queries_.size(), planes(stage, next)};
  }

  // G of a product, for a row whose A is `offset`.
  double middle(Stage stage, const EncodedStrip& strip, size_t q, int32_t product, double offset) const {
    const double sum = static_cast<double>(product) - terms(stage).shift[q];
    return scale(stage, strip) * step(q) * sum + offset + fine_terms_.offset[q];
  }
  // E of the strip's rows.
  double error(Stage stage, const EncodedStrip& strip, size_t q) const {
    return error_.at(stage, strip.bounds(), queries_[q], queries_[q].byte);
  }

 private:
  // What a step of a code is worth.
  static double scale(Stage stage, const EncodedStrip& strip) {
    return (stage == Stage::kCoarse ? 16 : 1) * strip.bounds().scale;
  }

  NextPlanes planes(Stage stage, const EncodedStrip& strip) const;
  void pack(size_t q);

  const Filter& filter_;
  const size_t half_, depth_, blocks_;
  const StripError error_;
  const std::vector<EncodedQuery>& queries_;
  Aligned<int8_t> packed_;
  Aligned<double> term_values_;
  ColumnTerms fine_terms_, coarse_terms_;  // alike but for the shift
  double least_per_step_ = kInfinity;
};

}  // namespace kindred
