// Strips are encoded when asked for and forgotten when their rows change. A search reads the chunks that were there when it
// began: which strips are valid is copied before it changes, and a page of strips before one of them is written.
#include "rows/encoded_rows.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>

#include "machine/pool.h"
#include "rows/plain_rows.h"

namespace kindred {

namespace {

// The transform is chosen anew when this many times more rows are there, and taken if it is so much better.
constexpr size_t kGrowth = 4;
constexpr double kBetter = 0.8;
constexpr size_t kSampleRows = 1024;
// Strips of an encoding from elsewhere that are looked at.
constexpr size_t kSampleStrips = 16;

// x-hat of one row.
void unit_row(const PlainRows& plain, size_t slot, double* x) {
  const double norm = reads_squares(plain.metric()) ? plain.norm(slot) : 1;
  plain.encoding_kernels().unit(plain.dtype(), plain.row(slot), norm == 0 ? 1 : norm, plain.dim(), x);
}

}  // namespace

std::vector<double> EncodedRows::sample(const PlainRows& plain) const {
  const size_t rows = std::min(kSampleRows, plain.size()) / kStrip * kStrip;
  std::vector<double> sampled(rows * plain.dim());
  for (size_t n = 0; n < rows; n++) unit_row(plain, n * plain.size() / rows, sampled.data() + n * plain.dim());
  return sampled;
}

void EncodedRows::reconsider(const PlainRows& plain) {
  const bool due = !transform_ || plain.size() >= kGrowth * chosen_at_ || changed_ >= chosen_at_;
  if (!due) return;
  const std::vector<double> rows = sample(plain);
  const Choice choice = choose_transform(plain.metric(), plain.dim(), rows, plain.encoding_kernels());
  if (!transform_ || choice.bound < kBetter * average_bound(*transform_, plain.metric(), rows)) {
    clear();
    transform_ = choice.transform;
  }
  chosen_at_ = plain.size();
  changed_ = 0;
}

size_t EncodedRows::encode(const PlainRows& plain, size_t rows, size_t threads) {
  if (!plain.is_worth_encoding() || plain.dim() > kLargestEncodedDim) return 0;
  const size_t all = plain.size() / kStrip, per_chunk = plain.chunk_rows() / kStrip;
  if (transform_ && valid_ == all) return 0;
  reconsider(plain);
  std::vector<size_t> strips;
  for (size_t strip = 0; strip < all && strips.size() * kStrip < rows; strip++) {
    if (!is_valid(plain, strip)) strips.push_back(strip);
  }
  for (const size_t strip : strips) {
    // Room for as many strips as the chunk has rows for.
    writable(strip / per_chunk, plain.chunk_capacity(strip / per_chunk) / kStrip, plain.dim()).make_writable(strip % per_chunk);
  }
  std::atomic<size_t> next{0};
  const auto work = [&](size_t) {
    std::vector<double> unit(kStrip * plain.dim());
    for (size_t n; (n = next.fetch_add(1, std::memory_order_relaxed)) < strips.size();) {
      const size_t strip = strips[n];
      for (size_t r = 0; r < kStrip; r++) unit_row(plain, strip * kStrip + r, unit.data() + r * plain.dim());
      encode_strip(*transform_, plain.metric(), unit.data(), chunks_[strip / per_chunk]->places(strip % per_chunk));
    }
  };
  constexpr size_t kStripsWorthAThread = 64;
  Pool::shared()->run(std::min(threads, 1 + strips.size() / kStripsWorthAThread), work);
  for (const size_t strip : strips) chunks_[strip / per_chunk]->valid[strip % per_chunk] = 1;
  valid_ += strips.size();
  return (all - valid_) * kStrip;
}

ptrdiff_t EncodedRows::adopt(const PlainRows& plain, const FlatEncoding& encoding, size_t first, size_t last) {
  if (first == 0) clear();
  if (!plain.has_filter()) return -1;
  const size_t dim = plain.dim(), half = plane_bytes(dim), per_chunk = plain.chunk_rows() / kStrip;
  if (first == 0) {
    transform_ = std::make_shared<Transform>(encoding.mode, std::vector<double>(encoding.mean, encoding.mean + dim),
                                             plain.encoding_kernels());
    chosen_at_ = plain.size();
  }
  for (size_t strip = first; strip < last; strip++) {
    const size_t chunk = strip / per_chunk, index = strip % per_chunk;
    EncodedChunk& encoded = writable(chunk, plain.chunk_capacity(chunk) / kStrip, dim);
    const StripPlaces to = encoded.places(index);
    std::memcpy(to.high, encoding.high + strip * kStrip * half, kStrip * half);
    std::memcpy(to.low, encoding.low + strip * kStrip * half, kStrip * half);
    std::copy_n(encoding.offsets + strip * kStrip, kStrip, to.offsets);
    *to.strip = encoding.strips[strip];
    encoded.valid[index] = 1;
    valid_++;
  }
  if (last < encoding.rows / kStrip) return -1;
  std::vector<double> unit(kStrip * dim);
  const size_t sampled = std::min(kSampleStrips, valid_);
  for (size_t n = 0; n < sampled; n++) {
    const size_t strip = n * valid_ / sampled;
    for (size_t r = 0; r < kStrip; r++) unit_row(plain, strip * kStrip + r, unit.data() + r * dim);
    if (describes(*transform_, plain.metric(), unit.data(), chunks_[strip / per_chunk]->places(strip % per_chunk))) continue;
    clear();
    return static_cast<ptrdiff_t>(strip * kStrip);
  }
  return -1;
}

bool EncodedRows::is_valid(const PlainRows& plain, size_t strip) const {
  const size_t per_chunk = plain.chunk_rows() / kStrip, chunk = strip / per_chunk;
  return chunk < chunks_.size() && chunks_[chunk] && strip % per_chunk < chunks_[chunk]->strips() &&
         chunks_[chunk]->valid[strip % per_chunk] != 0;
}

EncodedChunk& EncodedRows::writable(size_t chunk, size_t strips, size_t dim) {
  if (chunks_.size() <= chunk) chunks_.resize(chunk + 1);
  std::shared_ptr<EncodedChunk>& encoded = chunks_[chunk];
  if (!encoded) {
    encoded = std::make_shared<EncodedChunk>(strips, dim);
  } else if (encoded->strips() < strips) {
    encoded = std::make_shared<EncodedChunk>(*encoded, strips);
  } else if (!is_alone(encoded)) {
    encoded = std::make_shared<EncodedChunk>(*encoded);
  }
  return *encoded;
}

void EncodedRows::changed(const PlainRows& plain, size_t slot) {
  changed_++;
  const size_t strip = slot / kStrip, per_chunk = plain.chunk_rows() / kStrip;
  if (!is_valid(plain, strip)) return;
  EncodedChunk& chunk = writable(strip / per_chunk, 0, plain.dim());
  chunk.valid[strip % per_chunk] = 0;
  valid_--;
}

void EncodedRows::moved_from(const PlainRows& plain, size_t slot) {
  const size_t first = slot / kStrip, per_chunk = plain.chunk_rows() / kStrip;
  changed_ += plain.size() - std::min(slot, plain.size());
  chunks_.resize(std::min(chunks_.size(), first / per_chunk + 1));
  if (first / per_chunk < chunks_.size() && chunks_.back()) {
    EncodedChunk& last = writable(first / per_chunk, 0, plain.dim());
    std::fill(last.valid.begin() + static_cast<ptrdiff_t>(std::min(first % per_chunk, last.strips())), last.valid.end(), 0);
  }
  valid_ = 0;
  for (auto& chunk : chunks_) {
    if (!chunk) continue;
    const auto valid = static_cast<size_t>(std::count(chunk->valid.begin(), chunk->valid.end(), 1));
    if (valid == 0) chunk.reset();
    valid_ += valid;
  }
}

void EncodedRows::clear() {
  transform_.reset();
  chunks_.clear();
  chunks_.shrink_to_fit();
  valid_ = chosen_at_ = changed_ = 0;
}

EncodedRows::Chunks EncodedRows::chunks(size_t count) const {
  Chunks all(chunks_.begin(), chunks_.begin() + static_cast<ptrdiff_t>(std::min(count, chunks_.size())));
  all.resize(count);
  return all;
}

size_t EncodedRows::bytes() const {
  size_t total = 0;
  for (const auto& chunk : chunks_) total += chunk ? chunk->bytes() : 0;
  return total;
}

}  // namespace kindred
