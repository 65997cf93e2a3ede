// Rows and queries rounded to bytes, with bounds on what the rounding lost (docs/internals/exactness.md).
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "machine/aligned.h"
#include "order/dtype.h"
#include "isa/generic/filter.h"
#include "machine/pages.h"
#include "order/score.h"
#include "encoding/transform.h"

namespace kindred {

// Beyond this the integers of a product would not fit 32 bits.
constexpr size_t kLargestEncodedDim = 16384;

// Bytes of one row in one plane.
constexpr size_t plane_bytes(size_t dim) { return (dim + 31) / 32 * 16; }

// What is known of the 32 rows of a strip.
struct Strip {
  double scale;   // s
  double unit;    // of the offsets
  double fine;    // >= the norm of what eight bits lost, for each row
  double coarse;  // >= the norm of what four bits lost
  double reach;   // >= the norm of each decoded row
};

// Where a strip's encoding is written.
struct StripPlaces {
  uint8_t* high;
  uint8_t* low;
  float* offsets;
  Strip* strip;
};

// The encoded strips of one chunk of rows.
class EncodedChunk {
 public:
  EncodedChunk(size_t strips, size_t dim);
  // A copy with room for at least as many strips.
  EncodedChunk(const EncodedChunk& other, size_t strips);

  size_t strips() const { return valid.size(); }
  StripPlaces places(size_t strip);
  const uint8_t* high(size_t strip) const { return planes_.get() + strip * kStrip * half_; }
  const uint8_t* low(size_t strip) const { return planes_.get() + (strips() + strip) * kStrip * half_; }
  const float* offsets(size_t strip) const { return offsets_.data() + strip * kStrip; }
  const Strip& strip(size_t strip) const { return bounds_[strip]; }
  size_t bytes() const;

  // One byte per strip: whether it is encoded and still true of its rows.
  std::vector<uint8_t> valid;

 private:
  size_t half_;
  Bytes planes_;  // all high planes, then all low ones
  std::vector<float> offsets_;
  std::vector<Strip> bounds_;
};

// Encodes 32 rows: x-hat in float64, one after the other, overwritten.
void encode_strip(const Transform& transform, Metric metric, double* rows, const StripPlaces& to);

// Whether an encoding that came from elsewhere, perhaps of another backend, is what its bounds say of these rows (x-hat in
// float64, overwritten).
bool describes(const Transform& transform, Metric metric, double* rows, const StripPlaces& encoded);

// The transform that makes the coarse stage's bounds smallest on a sample of rows (x-hat in float64, a multiple of 32), and
// that bound on average.
struct Choice {
  std::shared_ptr<const Transform> transform;
  double bound;
};
Choice choose_transform(Metric metric, size_t dim, const std::vector<double>& sample);
// The average bound of a transform on a sample.
double average_bound(const Transform& transform, Metric metric, const std::vector<double>& sample);

// A query rounded to integers z: b = step * z + rest.
struct QueryCode {
  double step;
  double rest;  // >= the norm of what rounding lost
  int64_t sum;  // of all z
};

// What a pass needs of a query beside its eight bits.
enum class QueryBits { kEight, kEightAndSixteen };

struct EncodedQuery {
  EncodedQuery() : bytes(0), words(0) {}
  // `y` is y-hat in float64, overwritten.
  EncodedQuery(const Transform& transform, Metric metric, QueryBits bits, double* y);

  double offset = 0;  // B
  double norm = 0;    // V
  QueryCode byte = {}, word = {};
  Aligned<int8_t> bytes;  // z in eight bits, 2 * plane_bytes
  Aligned<int8_t> words;  // z in sixteen bits: the high bytes, then the low ones
};

}  // namespace kindred
