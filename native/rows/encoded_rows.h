// The encoded copy of a corpus: kept true of the rows, chunk by chunk beside them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "encoding/encode.h"

namespace kindred {

class PlainRows;

// An encoding in flat arrays: contract.ts, `Encoding`.
struct FlatEncoding {
  EncodingMode mode;
  const double* mean;  // dim
  size_t rows;         // a multiple of kStrip
  const Strip* strips;
  const float* offsets;
  const uint8_t* high;
  const uint8_t* low;
};

class EncodedRows {
 public:
  using Chunks = std::vector<std::shared_ptr<const EncodedChunk>>;

  // Encodes up to `rows` rows that are not, on `threads` threads; returns how many are still worth it.
  size_t encode(const PlainRows& plain, size_t rows, size_t threads);
  // Takes the strips `first .. last` of an encoding of the first rows: all of them in order, one part after the other. If a
  // sample is not true of the rows, the last part takes nothing and returns the first row of a strip that is wrong; else -1.
  ptrdiff_t adopt(const PlainRows& plain, const FlatEncoding& encoding, size_t first, size_t last);

  // Rows encoded.
  size_t rows() const { return valid_ * kStrip; }

  // What happened to the rows.
  void changed(const PlainRows& plain, size_t slot);
  void moved_from(const PlainRows& plain, size_t slot);
  void clear();

  const std::shared_ptr<const Transform>& transform() const { return transform_; }
  // One per chunk of rows, null where nothing is encoded.
  Chunks chunks(size_t count) const;
  size_t bytes() const;

 private:
  void reconsider(const PlainRows& plain);
  std::vector<double> sample(const PlainRows& plain) const;
  // The encoded chunk, made or copied so that nobody else has it, with room for `strips`; its strips may be shared all the same.
  EncodedChunk& writable(size_t chunk, size_t strips, size_t dim);
  bool is_valid(const PlainRows& plain, size_t strip) const;

  std::shared_ptr<const Transform> transform_;
  std::vector<std::shared_ptr<EncodedChunk>> chunks_;
  size_t valid_ = 0;        // strips
  size_t chosen_at_ = 0;    // rows when the transform was chosen
  size_t changed_ = 0;      // rows changed since
};

}  // namespace kindred
