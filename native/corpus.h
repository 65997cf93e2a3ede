// float32 rows in native memory. Knows nothing of JavaScript.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "kernels.h"
#include "score.h"

namespace kindred {

// Consecutive rows in one allocation. Full chunks hold kChunkBytes; the last one of a corpus grows by doubling.
struct Chunk {
  Chunk(size_t capacity, size_t dim);

  float* row(size_t index) const { return rows + index * dim; }

  const size_t capacity, dim;
  size_t size = 0;
  std::unique_ptr<float[]> storage;
  float* rows;                      // on a cache line inside storage
  std::unique_ptr<double[]> norms;  // capacity, one per row
};

// What a search reads: chunks that nobody changes any more, so it may run on any thread while the corpus moves on.
struct Snapshot {
  const Kernels* kernels;
  Metric metric;
  size_t dim, chunk_rows, size;
  std::vector<std::shared_ptr<const Chunk>> chunks;
};

// Rows by slot. Only one thread changes a corpus; searches hold snapshots.
class Corpus {
 public:
  Corpus(const Kernels* kernels, size_t dim, Metric metric);

  size_t dim() const { return dim_; }
  size_t size() const { return size_; }
  size_t bytes() const;

  // Copies rows to the end. Returns the index of the first row that holds NaN or infinity (nothing is then
  // appended), else -1.
  ptrdiff_t append(const float* rows, size_t count);
  // False, changing nothing, if the row holds NaN or infinity.
  bool overwrite(size_t slot, const float* row);
  const float* row(size_t slot) const;
  // Keeps the slots whose byte is nonzero, in order.
  void compact(const uint8_t* keep);
  void clear();

  Snapshot snapshot() const;

 private:
  double norm(const float* row) const;
  void push(const float* row, double norm);
  void truncate(size_t size);
  void resize_last(size_t capacity);
  // The chunk, copied first if a search under way reads it.
  Chunk& writable_chunk(size_t index);

  const Kernels* kernels_;
  size_t dim_;
  Metric metric_;
  size_t chunk_rows_;
  size_t size_ = 0;
  std::vector<std::shared_ptr<Chunk>> chunks_;
};

}  // namespace kindred
