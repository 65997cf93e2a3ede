// Rows of any dtype in native memory. Knows nothing of JavaScript.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "rows/plain_rows.h"
#include "rows/snapshot.h"

namespace kindred {

// Rows by slot. Only one thread changes a corpus; searches hold snapshots.
class Corpus : public PlainRows {
 public:
  Corpus(const Level* level, size_t dim, Metric metric, Dtype dtype = Dtype::kFloat32, size_t threads = 0);

  size_t bytes() const;

  // Copies rows of the dtype to the end. Returns the index of the first row that contract.ts refuses (NaN, infinity,
  // squares out of range; nothing is then appended), else -1.
  ptrdiff_t append(const uint8_t* rows, size_t count);
  // Makes rows of a file the rows of this corpus, which is empty. If sums of squares are kept, the file has them at
  // `squares_at`, or they are copied from `squares`.
  void map(const std::string& path, size_t file_bytes, size_t rows, size_t rows_at, size_t squares_at, const double* squares);
  bool is_mapped() const { return mapped_; }
  // False, changing nothing, if the row is refused.
  bool overwrite(size_t slot, const uint8_t* row);
  // Copies `count` rows from `slot` on.
  void read(size_t slot, size_t count, uint8_t* out) const;
  // Keeps the slots whose byte is nonzero, in order.
  void compact(const uint8_t* keep);
  void clear();

  // How searches go from now on, where they can; kByCosts unless told.
  void go(Way way) { way_ = way; }

  EncodedRows& encoded() { return encoded_; }
  const EncodedRows& encoded() const { return encoded_; }

  Snapshot snapshot() const;

 private:
  bool keeps_squares() const { return reads_squares(metric_); }
  // False if the row is refused; else its sum of squares is told.
  bool examine(const uint8_t* row, double& squares) const;
  void push(const uint8_t* row, double squares, size_t coming);
  void truncate(size_t size);
  void resize_last(size_t capacity);
  // The chunk as nobody else has it; its rows may be shared all the same.
  Chunk& own_chunk(size_t index);
  // The same with all rows in one block that is nobody else's.
  Chunk& flat_chunk(size_t index);

  size_t threads_;
  bool mapped_ = false;
  EncodedRows encoded_;
  std::shared_ptr<SearchHistory> history_ = std::make_shared<SearchHistory>();
};

}  // namespace kindred
