// The rows of a corpus as a search reads them.
#pragma once
#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "isa/levels.h"
#include "order/score.h"
#include "rows/chunk.h"
#include "rows/encoded_rows.h"
#include "rows/search_history.h"

namespace kindred {

// What the kernels read queries as: float64 for rows of float64, else float32.
constexpr Dtype query_dtype(Dtype rows) { return rows == Dtype::kFloat64 ? Dtype::kFloat64 : Dtype::kFloat32; }

// What a search reads: chunks that nobody changes any more, so it may run on any thread while the corpus moves on.
struct Snapshot {
  const CanonicalKernels* kernels;
  const Filter* filter;  // null where none pays
  const Costs* costs;
  Way way;
  Metric metric;
  Dtype dtype;
  size_t dim, chunk_rows, size;
  size_t threads;  // that one search may use; 0 leaves it to the search
  std::vector<std::shared_ptr<const Chunk>> chunks;
  // The encoded copy, one per chunk; null where there is none.
  std::shared_ptr<const Transform> transform;
  EncodedRows::Chunks encoded;
  size_t encoded_rows;
  std::shared_ptr<SearchHistory> history;

  // Copies `count` rows from `slot` on.
  void read(size_t slot, size_t count, uint8_t* out) const { copy_rows(chunks, chunk_rows, slot, count, out); }

  // Where strip `number` is encoded, as a chunk and an index into it; null where it is not.
  std::pair<const EncodedChunk*, size_t> encoded_strip(size_t number) const {
    const size_t per_chunk = chunk_rows / kStrip, chunk = number / per_chunk, index = number % per_chunk;
    if (number >= size / kStrip || !encoded[chunk] || index >= encoded[chunk]->strips() || encoded[chunk]->valid[index] == 0) {
      return {nullptr, 0};
    }
    return {encoded[chunk].get(), index};
  }

  size_t rows_in_chunk(size_t chunk) const { return std::min(chunk_rows, size - chunk * chunk_rows); }

  // Blocks that the threads of a search share out: parts of a chunk, whole strips but for the last.
  struct Block {
    size_t chunk, first, last;
  };
  size_t blocks() const { return (size + block_rows() - 1) / block_rows(); }
  Block block(size_t number) const {
    const size_t first = number * block_rows(), chunk = first / chunk_rows;
    return {chunk, first % chunk_rows, std::min(first % chunk_rows + block_rows(), rows_in_chunk(chunk))};
  }

 private:
  static constexpr size_t kBlocksPerChunk = 8;
  size_t block_rows() const { return chunk_rows / kBlocksPerChunk; }
};

}  // namespace kindred
