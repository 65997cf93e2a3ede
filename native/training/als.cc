// Shares the rows of a half step, and the squares of a Gram matrix, among threads. Each is computed by one thread alone, so the
// number of threads changes no bit.
#include <atomic>
#include <vector>

#include "isa/generic/als.h"
#include "training/als_threads.h"
#include "machine/aligned.h"

namespace kindred {

namespace {

// Rows that a thread takes at a time: few, because some rows have a thousand times the cells of others.
constexpr size_t kRowsTaken = 16;

}  // namespace

void solve_rows(const AlsKernels& kernels, Pool& pool, size_t threads, const AlsHalf& half, size_t first, size_t last) {
  std::vector<Aligned<float>> scratch;
  for (size_t t = 0; t < threads; t++) scratch.emplace_back(kAlsScratchRows * half.stride);
  std::atomic<size_t> next{first};
  pool.run(threads, [&](size_t thread) {
    for (;;) {
      const size_t begin = next.fetch_add(kRowsTaken);
      if (begin >= last) return;
      kernels.solve(half, begin, begin + kRowsTaken < last ? begin + kRowsTaken : last, scratch[thread].data());
    }
  });
}

void gram_matrix(const AlsKernels& kernels, Pool& pool, size_t threads, const float* rows, size_t count, size_t stride,
                 float* out) {
  std::vector<std::pair<size_t, size_t>> tiles;
  for (size_t row = 0; row < stride; row += kGramTile) {
    for (size_t column = row; column < stride; column += kGramTile) tiles.emplace_back(row, column);
  }
  std::atomic<size_t> next{0};
  pool.run(threads, [&](size_t) {
    for (size_t t = next++; t < tiles.size(); t = next++) {
      kernels.gram(rows, count, stride, tiles[t].first, tiles[t].second, out);
    }
  });
}

}  // namespace kindred
