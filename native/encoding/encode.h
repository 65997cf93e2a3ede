// Rows and queries rounded to bytes, with bounds on what the rounding lost (docs/internals/exactness.md).
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "machine/aligned.h"
#include "order/dtype.h"
#include "isa/generic/filter/filter.h"
#include "machine/paged.h"
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

// Encoded strips in one allocation.
struct StripBlock {
  StripBlock(size_t strips, size_t half);

  std::shared_ptr<StripBlock> like(size_t strips) const { return std::make_shared<StripBlock>(strips, half); }
  void copy(const StripBlock& from, size_t first, size_t count, size_t to);
  bool is_fixed() const { return false; }
  size_t bytes() const { return capacity * (kStrip * (2 * half + sizeof(float)) + sizeof(Strip)); }

  uint8_t* high(size_t strip) const { return planes.get() + strip * kStrip * half; }
  uint8_t* low(size_t strip) const { return planes.get() + (capacity + strip) * kStrip * half; }

  const size_t capacity, half;
  const Bytes planes;  // all high planes, then all low ones
  std::vector<float> offsets;
  std::vector<Strip> bounds;
};

// The encoded strips of one chunk of rows: those of a block, but for what was encoded anew while a search read it.
class EncodedChunk {
 public:
  EncodedChunk(size_t strips, size_t dim);
  // A copy with room for at least as many strips.
  EncodedChunk(const EncodedChunk& other, size_t strips);

  size_t strips() const { return valid.size(); }
  const uint8_t* high(size_t strip) const { return at(strip).block->high(at(strip).index); }
  const uint8_t* low(size_t strip) const { return at(strip).block->low(at(strip).index); }
  const float* offsets(size_t strip) const { return at(strip).block->offsets.data() + at(strip).index * kStrip; }
  const Strip& strip(size_t strip) const { return at(strip).block->bounds[at(strip).index]; }
  StripPlaces places(size_t strip) const;
  // Makes the strip's places such as no search reads. Nobody else may read this chunk itself.
  void make_writable(size_t strip) { blocks_.writable(strip, strips()); }
  size_t bytes() const;

  // One byte per strip: whether it is encoded and still true of its rows.
  std::vector<uint8_t> valid;

 private:
  Paged<StripBlock>::Place at(size_t strip) const { return blocks_.at(strip); }

  Paged<StripBlock> blocks_;
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
Choice choose_transform(Metric metric, size_t dim, const std::vector<double>& sample, const EncodingKernels& kernels);
// The average bound of a transform on a sample.
double average_bound(const Transform& transform, Metric metric, const std::vector<double>& sample);

// A query rounded to integers z: b = step * z + rest.
struct QueryCode {
  double step;
  double rest;  // >= the norm of what rounding lost
  int64_t sum;  // of all z
};

// What a pass needs of a query: what whole codes are multiplied with, or eight bits and sixteen.
enum class QueryBits { kForCodes, kEightAndSixteen };
// The largest z of eight bits.
constexpr int32_t kByteRange = 127;

struct EncodedQuery {
  EncodedQuery() : bytes(0), words(0) {}
  // `y` is y-hat in float64, overwritten; no z of eight bits is beyond `range`. Sixteen bits on request.
  EncodedQuery(const Transform& transform, Metric metric, int32_t range, bool has_words, double* y);

  double offset = 0;  // B
  double norm = 0;    // V
  QueryCode byte = {}, word = {};
  Aligned<int8_t> bytes;  // z in eight bits, 2 * plane_bytes
  Aligned<int8_t> words;  // z in sixteen bits: the high bytes, then the low ones
};

}  // namespace kindred
