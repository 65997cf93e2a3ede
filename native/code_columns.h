// Queries as the columns of an integer matrix product with the rows' codes: what limits and estimates are made of.
#pragma once
#include <vector>

#include "aligned.h"
#include "certified.h"

namespace kindred {

class CodeColumns {
 public:
  explicit CodeColumns(const CertifiedSearch& search);

  // Columns with the padding that no query stands behind.
  size_t columns() const { return blocks_ * kColumns; }
  size_t blocks() const { return blocks_; }
  // Bytes of a row as the product reads it.
  size_t depth() const { return depth_; }
  const int8_t* packed() const { return packed_.data(); }
  const ColumnTerms& terms() const { return terms_; }
  double step(size_t q) const { return queries_[q].byte.step; }

  // A strip's codes, kStrip rows of `depth` bytes; what lies behind a row's elements is left as it is.
  void join(const EncodedStrip& strip, uint8_t* codes) const;
  // With the largest A of the strip's rows, and its rounding.
  StripTerms strip_terms(const EncodedStrip& strip) const;
  // How much more than the limits of that A the products of each row must reach: kStrip numbers.
  void row_limits(const EncodedStrip& strip, int32_t* limits) const;
  // The planes of `strip`, null or not, as those to read ahead.
  NextPlanes planes(const EncodedStrip& strip) const;

  // G of a product, for a row whose A is `offset`.
  double middle(const EncodedStrip& strip, size_t q, int32_t product, double offset) const {
    const double sum = static_cast<double>(product) - terms_.shift[q];
    return strip.bounds().scale * step(q) * sum + offset + terms_.offset[q];
  }
  // E of the strip's rows.
  double error(const EncodedStrip& strip, size_t q) const {
    return error_.fine(strip.bounds(), queries_[q], queries_[q].byte);
  }

 private:
  void pack(size_t q);

  const Filter& filter_;
  const size_t half_, depth_, blocks_;
  const StripError error_;
  const std::vector<EncodedQuery> queries_;
  Aligned<int8_t> packed_;
  Aligned<double> term_values_;
  ColumnTerms terms_;
  double least_per_step_ = kInfinity;
};

}  // namespace kindred
