// Storage in chunks that snapshots share: copied only if a change meets a search under way.
#include "corpus.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <new>

namespace kindred {

namespace {

constexpr size_t kChunkBytes = 1 << 20;
constexpr size_t kFirstChunkRows = 8;
constexpr size_t kCacheLine = 64;
// Full chunks hold a multiple of this many rows, so that a search's blocks never straddle two.
constexpr size_t kRowMultiple = 64;

size_t full_chunk_rows(size_t dim) {
  const size_t rows = kChunkBytes / (dim * sizeof(float));
  return std::max<size_t>(kRowMultiple, rows / kRowMultiple * kRowMultiple);
}

std::shared_ptr<Chunk> copy_of(const Chunk& chunk, size_t capacity) {
  auto copy = std::make_shared<Chunk>(capacity, chunk.dim);
  std::copy_n(chunk.rows, chunk.size * chunk.dim, copy->rows);
  std::copy_n(chunk.norms.get(), chunk.size, copy->norms.get());
  copy->size = chunk.size;
  return copy;
}

}  // namespace

Chunk::Chunk(size_t capacity, size_t dim)
    : capacity(capacity),
      dim(dim),
      storage(new float[capacity * dim + kCacheLine / sizeof(float)]),
      norms(new double[capacity]) {
  const size_t misplaced = reinterpret_cast<uintptr_t>(storage.get()) % kCacheLine;
  rows = storage.get() + (misplaced == 0 ? 0 : (kCacheLine - misplaced) / sizeof(float));
}

Corpus::Corpus(const Kernels* kernels, size_t dim, Metric metric)
    : kernels_(kernels), dim_(dim), metric_(metric), chunk_rows_(full_chunk_rows(dim)) {}

size_t Corpus::bytes() const {
  size_t total = 0;
  for (const auto& chunk : chunks_) total += chunk->capacity * (dim_ * sizeof(float) + sizeof(double));
  return total;
}

double Corpus::norm(const float* row) const { return std::sqrt(kernels_->dot_f32(row, row, dim_)); }

ptrdiff_t Corpus::append(const float* rows, size_t count) {
  std::vector<double> norms(count);
  for (size_t r = 0; r < count; r++) {
    norms[r] = norm(rows + r * dim_);
    if (!std::isfinite(norms[r])) return static_cast<ptrdiff_t>(r);
  }
  const size_t before = size_;
  try {
    for (size_t r = 0; r < count; r++) push(rows + r * dim_, norms[r]);
  } catch (...) {
    truncate(before);
    throw;
  }
  return -1;
}

void Corpus::push(const float* row, double norm) {
  const size_t index = size_ / chunk_rows_;
  if (index == chunks_.size()) {
    // After a full chunk more rows are likely: the next one is made whole.
    chunks_.push_back(std::make_shared<Chunk>(index == 0 ? std::min(kFirstChunkRows, chunk_rows_) : chunk_rows_, dim_));
  }
  if (chunks_[index]->size == chunks_[index]->capacity) resize_last(2 * chunks_[index]->capacity);
  Chunk& last = *chunks_[index];
  // Beyond the size that any snapshot knows, so no search under way reads here.
  std::copy_n(row, dim_, last.row(last.size));
  last.norms[last.size++] = norm;
  size_++;
}

bool Corpus::overwrite(size_t slot, const float* row) {
  const double length = norm(row);
  if (!std::isfinite(length)) return false;
  Chunk& chunk = writable_chunk(slot / chunk_rows_);
  std::copy_n(row, dim_, chunk.row(slot % chunk_rows_));
  chunk.norms[slot % chunk_rows_] = length;
  return true;
}

Chunk& Corpus::writable_chunk(size_t index) {
  std::shared_ptr<Chunk>& chunk = chunks_[index];
  if (chunk.use_count() > 1) {
    chunk = copy_of(*chunk, chunk->capacity);
  } else {
    // Alone again: what a search read before it let go must not be reordered after the change to come.
    std::atomic_thread_fence(std::memory_order_acquire);
  }
  return *chunk;
}

const float* Corpus::row(size_t slot) const { return chunks_[slot / chunk_rows_]->row(slot % chunk_rows_); }

void Corpus::compact(const uint8_t* keep) {
  // Whatever may need memory comes first, so that a failure changes nothing.
  for (size_t chunk = 0; chunk < chunks_.size(); chunk++) writable_chunk(chunk);
  size_t to = 0;
  for (size_t from = 0; from < size_; from++) {
    if (keep[from] == 0) continue;
    if (from != to) {
      const Chunk& source = *chunks_[from / chunk_rows_];
      Chunk& target = *chunks_[to / chunk_rows_];
      std::copy_n(source.row(from % chunk_rows_), dim_, target.row(to % chunk_rows_));
      target.norms[to % chunk_rows_] = source.norms[from % chunk_rows_];
    }
    to++;
  }
  truncate(to);
  if (chunks_.empty()) return;
  try {
    resize_last(std::max(kFirstChunkRows, chunks_.back()->size));
  } catch (const std::bad_alloc&) {
    // No room for a smaller copy: the rows are fine where they are.
  }
}

void Corpus::resize_last(size_t capacity) {
  chunks_.back() = copy_of(*chunks_.back(), std::min(capacity, chunk_rows_));
}

void Corpus::truncate(size_t size) {
  size_ = size;
  chunks_.resize((size + chunk_rows_ - 1) / chunk_rows_);
  if (!chunks_.empty()) chunks_.back()->size = size - (chunks_.size() - 1) * chunk_rows_;
}

void Corpus::clear() {
  chunks_.clear();
  chunks_.shrink_to_fit();
  size_ = 0;
}

Snapshot Corpus::snapshot() const {
  return {kernels_, metric_, dim_, chunk_rows_, size_, {chunks_.begin(), chunks_.end()}};
}

}  // namespace kindred
