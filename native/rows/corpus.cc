// Storage in chunks that snapshots share: copied only if a change meets a search under way.
#include "rows/corpus.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <new>

#include "isa/generic/widen-inl.h"

namespace kindred {

namespace {

constexpr size_t kChunkBytes = 8 << 20;
constexpr size_t kFirstChunkRows = 8;
// Full chunks hold a multiple of this many rows: eight blocks of whole strips.
constexpr size_t kRowMultiple = 512;

size_t full_chunk_rows(size_t row_bytes) {
  const size_t rows = kChunkBytes / row_bytes;
  return std::max<size_t>(kRowMultiple, rows / kRowMultiple * kRowMultiple);
}

bool all_zero(const double* row, size_t dim) {
  return std::all_of(row, row + dim, [](double x) { return x == 0.0; });
}

}  // namespace

void widen_row(Dtype dtype, const uint8_t* row, size_t dim, double* out) {
  with_element(dtype, [&](auto element) {
    const auto* from = reinterpret_cast<const decltype(element)*>(row);
    for (size_t i = 0; i < dim; i++) out[i] = widen(from[i]);
  });
}

RowBlock::RowBlock(size_t capacity, size_t row_bytes, bool with_squares)
    : capacity(capacity),
      row_bytes(row_bytes),
      row_storage(allocate_bytes(capacity * row_bytes)),
      square_storage(with_squares ? new double[capacity] : nullptr),
      rows(row_storage.get()),
      squares(square_storage.get()) {}

RowBlock::RowBlock(std::shared_ptr<const Mapping> file, const uint8_t* rows, const double* squares, size_t capacity,
                   size_t row_bytes, bool with_squares)
    : capacity(capacity),
      row_bytes(row_bytes),
      file(std::move(file)),
      row_storage(nullptr, FreeBytes{}),
      square_storage(with_squares && squares == nullptr ? new double[capacity] : nullptr),
      // What is fixed is copied before anything is written.
      rows(const_cast<uint8_t*>(rows)),
      squares(squares == nullptr ? square_storage.get() : const_cast<double*>(squares)) {}

std::shared_ptr<RowBlock> RowBlock::like(size_t rows_in_all) const {
  return std::make_shared<RowBlock>(rows_in_all, row_bytes, squares != nullptr);
}

void RowBlock::copy(const RowBlock& from, size_t first, size_t count, size_t to) {
  std::copy_n(from.rows + first * row_bytes, count * row_bytes, rows + to * row_bytes);
  if (squares != nullptr) std::copy_n(from.squares + first, count, squares + to);
}

void Chunk::write(size_t index, const uint8_t* row, double squares) {
  const auto [block, at] = rows.writable(index, size);
  std::copy_n(row, block->row_bytes, block->rows + at * block->row_bytes);
  if (block->squares != nullptr) block->squares[at] = squares;
}

PlainRows::PlainRows(const Level* level, size_t dim, Metric metric, Dtype dtype)
    : level_(level),
      dim_(dim),
      metric_(metric),
      dtype_(dtype),
      row_bytes_(dim * element_bytes(dtype)),
      chunk_rows_(full_chunk_rows(row_bytes_)) {}

Corpus::Corpus(const Level* level, size_t dim, Metric metric, Dtype dtype, size_t threads)
    : PlainRows(level, dim, metric, dtype), threads_(threads) {}

size_t Corpus::bytes() const {
  size_t total = 0;
  for (const auto& chunk : chunks_) {
    chunk->rows.each_block([&](const RowBlock& block) { total += block.bytes(); });
  }
  return total + encoded_.bytes();
}

bool Corpus::examine(const uint8_t* row, double& squares) const {
  // Squares of all but float64 stay within the range of float64, so their sum is finite exactly if every element is.
  squares = level_->kernels->canonical.of(dtype_).squares(row, dim_);
  if (dtype_ != Dtype::kFloat64) return std::isfinite(squares);
  return (squares >= kSmallestSquares && squares <= kLargestSquares) ||
         (squares == 0.0 && all_zero(reinterpret_cast<const double*>(row), dim_));
}

ptrdiff_t Corpus::append(const uint8_t* rows, size_t count) {
  std::vector<double> squares(count);
  for (size_t r = 0; r < count; r++) {
    if (!examine(rows + r * row_bytes_, squares[r])) return static_cast<ptrdiff_t>(r);
  }
  const size_t before = size_;
  try {
    for (size_t r = 0; r < count; r++) push(rows + r * row_bytes_, squares[r], count - r);
  } catch (...) {
    truncate(before);
    throw;
  }
  return -1;
}

void Corpus::map(const std::string& path, size_t file_bytes, size_t rows, size_t rows_at, size_t squares_at,
                 const double* squares) {
  const auto file = std::make_shared<const Mapping>(path, file_bytes);
  const bool in_file = keeps_squares() && squares == nullptr;
  const auto* stored = in_file ? reinterpret_cast<const double*>(file->at(squares_at)) : nullptr;
  for (size_t first = 0; first < rows; first += chunk_rows_) {
    const size_t size = std::min(chunk_rows_, rows - first);
    const auto block = std::make_shared<RowBlock>(file, file->at(rows_at + first * row_bytes_), in_file ? stored + first : nullptr,
                                                  size, row_bytes_, keeps_squares());
    if (keeps_squares() && !in_file) std::copy_n(squares + first, size, block->squares);
    chunks_.push_back(std::make_shared<Chunk>(block, size));
  }
  size_ = rows;
  mapped_ = true;
}

void Corpus::push(const uint8_t* row, double squares, size_t coming) {
  const size_t index = size_ / chunk_rows_;
  // Room for the rows that come with this one, or twice what there was.
  if (index == chunks_.size()) {
    const size_t capacity = std::min(std::max(kFirstChunkRows, coming), chunk_rows_);
    chunks_.push_back(std::make_shared<Chunk>(std::make_shared<RowBlock>(capacity, row_bytes_, keeps_squares()), 0));
  } else if (chunks_[index]->size == chunks_[index]->capacity()) {
    resize_last(std::max(2 * chunks_[index]->capacity(), chunks_[index]->size + coming));
  }
  Chunk& last = *chunks_[index];
  // Beyond the size that any snapshot knows, so no search under way reads here.
  const auto [block, at] = last.rows.at(last.size);
  std::copy_n(row, row_bytes_, block->rows + at * row_bytes_);
  if (keeps_squares()) block->squares[at] = squares;
  last.size++;
  size_++;
}

bool Corpus::overwrite(size_t slot, const uint8_t* row) {
  double squares;
  if (!examine(row, squares)) return false;
  own_chunk(slot / chunk_rows_).write(slot % chunk_rows_, row, squares);
  encoded_.changed(*this, slot);
  return true;
}

Chunk& Corpus::own_chunk(size_t index) {
  std::shared_ptr<Chunk>& chunk = chunks_[index];
  if (!is_alone(chunk)) chunk = std::make_shared<Chunk>(*chunk);
  return *chunk;
}

Chunk& Corpus::flat_chunk(size_t index) {
  Chunk& chunk = own_chunk(index);
  if (!chunk.rows.is_flat()) chunk.rows = chunk.rows.flat(chunk.capacity(), chunk.size);
  return chunk;
}

void Corpus::read(size_t slot, size_t count, uint8_t* out) const { copy_rows(chunks_, chunk_rows_, slot, count, out); }

void Corpus::compact(const uint8_t* keep) {
  // Whatever may need memory comes first, so that a failure changes nothing.
  for (size_t chunk = 0; chunk < chunks_.size(); chunk++) flat_chunk(chunk);
  const size_t before = size_;
  size_t to = 0;
  for (size_t from = 0; from < size_; from++) {
    if (keep[from] == 0) continue;
    if (from != to) {
      const RowBlock& source = *chunks_[from / chunk_rows_]->rows.at(0).block;
      chunks_[to / chunk_rows_]->rows.at(0).block->copy(source, from % chunk_rows_, 1, to % chunk_rows_);
    }
    to++;
  }
  truncate(to);
  encoded_.moved_from(*this, static_cast<size_t>(std::find(keep, keep + before, 0) - keep));
  if (chunks_.empty()) return;
  try {
    resize_last(std::max(kFirstChunkRows, chunks_.back()->size));
  } catch (const std::bad_alloc&) {
    // No room for a smaller copy: the rows are fine where they are.
  }
}

void Corpus::resize_last(size_t capacity) {
  const Chunk& last = *chunks_.back();
  auto resized = std::make_shared<Chunk>(last);
  resized->rows = last.rows.flat(std::min(capacity, chunk_rows_), last.size);
  chunks_.back() = std::move(resized);
}

void Corpus::truncate(size_t size) {
  size_ = size;
  chunks_.resize((size + chunk_rows_ - 1) / chunk_rows_);
  if (!chunks_.empty()) chunks_.back()->size = size - (chunks_.size() - 1) * chunk_rows_;
}

void Corpus::clear() {
  chunks_.clear();
  chunks_.shrink_to_fit();
  encoded_.clear();
  mapped_ = false;
  size_ = 0;
}

Snapshot Corpus::snapshot() const {
  return {&level_->kernels->canonical,
          filter(),
          level_->costs,
          way_,
          metric_,
          dtype_,
          dim_,
          chunk_rows_,
          size_,
          threads_,
          {chunks_.begin(), chunks_.end()},
          encoded_.transform(),
          encoded_.chunks(chunks_.size()),
          encoded_.rows(),
          history_};
}

}  // namespace kindred
