// The golden program: reads what the reference was asked and answered, asks one level the same, and compares bit by bit.
#pragma once
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "isa/levels.h"
#include "order/best.h"
#include "order/score.h"

namespace kindred::golden {

// An answer that is not the reference's.
struct Difference : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A copy of an array in an allocation that ends where it ends, so that a sanitizer sees reads past it. It begins at
// changing distances from a cache line, as views in JavaScript do.
template <class T>
class Array {
 public:
  Array(const uint8_t* bytes, size_t size, size_t shift) : shift_(shift), size_(size), storage_(new T[shift + size]) {
    if (size != 0) std::memcpy(data(), bytes, size * sizeof(T));
  }
  T* data() { return storage_.get() + shift_; }
  const T* data() const { return storage_.get() + shift_; }
  size_t size() const { return size_; }
  const T& operator[](size_t n) const { return data()[n]; }

 private:
  size_t shift_, size_;
  std::unique_ptr<T[]> storage_;
};

// The file from its beginning: writer.ts says what lies there.
class Reader {
 public:
  explicit Reader(const std::vector<uint8_t>& file) : at_(file.data()), end_(at_ + file.size()) {}

  bool is_at_end() const { return at_ == end_; }
  // Where the operation ends whose name was read, and how to get there.
  const uint8_t* operation_end() {
    const uint64_t bytes = word<uint64_t>();
    if (bytes > static_cast<size_t>(end_ - at_)) throw std::runtime_error("the golden file ends too early");
    return at_ + bytes;
  }
  bool is_at(const uint8_t* place) const { return at_ == place; }
  void pass_to(const uint8_t* place) { at_ = place; }

  double number() { return word<double>(); }
  size_t size() { return static_cast<size_t>(number()); }
  bool flag() { return number() != 0; }
  std::string text() {
    const size_t length = size_t(word<uint64_t>());
    return std::string(reinterpret_cast<const char*>(take(length)), length);
  }
  // Bytes that are elements of `element` bytes begin where such an element may.
  template <class T>
  Array<T> array(size_t element = 1) {
    std::optional<Array<T>> found = array_if_any<T>(element);
    if (!found) throw std::runtime_error("an array is missing in the golden file");
    return std::move(*found);
  }
  template <class T>
  std::optional<Array<T>> array_if_any(size_t element = 1) {
    const uint64_t bytes = word<uint64_t>();
    if (bytes == UINT64_MAX) return std::nullopt;
    return Array<T>(take(bytes), bytes / sizeof(T), ++arrays_ % 16 * element);
  }

 private:
  template <class T>
  T word() {
    T value;
    std::memcpy(&value, take(sizeof value), sizeof value);
    return value;
  }
  const uint8_t* take(size_t bytes) {
    const size_t padded = (bytes + 7) / 8 * 8;
    if (padded > static_cast<size_t>(end_ - at_)) throw std::runtime_error("the golden file ends too early");
    const uint8_t* found = at_;
    at_ += padded;
    return found;
  }

  const uint8_t *at_, *const end_;
  size_t arrays_ = 0;
};

// What a level keeps between operations, and how each is done.
using Operation = std::function<void(Reader&)>;
using Operations = std::map<std::string, Operation>;

// Each adds the operations of its topic at one level.
void add_pairs_and_matrices(Operations& operations, const Level& level);
void add_corpora(Operations& operations, const Level& level, bool by_every_way);
void add_sparse(Operations& operations);
void add_linear(Operations& operations, const Level& level);
void add_training(Operations& operations, const Level& level);

// Bits must agree; all NaN are one.
template <class T>
void expect_same(const std::string& what, const T* found, const T* expected, size_t count) {
  for (size_t n = 0; n < count; n++) {
    if (std::memcmp(found + n, expected + n, sizeof(T)) == 0 || (found[n] != found[n] && expected[n] != expected[n])) continue;
    throw Difference(what + ": number " + std::to_string(n) + " is " + std::to_string(found[n]) + " where " +
                     std::to_string(expected[n]) + " is right");
  }
}

inline void expect_same(const std::string& what, double found, double expected) { expect_same(what, &found, &expected, 1); }

// Answers to several queries, with room for what is found.
struct Answer {
  Answer(size_t queries, size_t stride)
      : stride(stride), counts(queries), positions(queries * stride), scores(queries * stride) {}
  TopRows rows() { return {stride, counts.data(), positions.data(), scores.data()}; }

  size_t stride;
  std::vector<uint32_t> counts, positions;
  std::vector<double> scores;
};

// Reads an answer as recorder.ts writes it.
inline Answer read_answer(Reader& file) {
  const size_t stride = file.size();
  const Array<uint32_t> counts = file.array<uint32_t>(), positions = file.array<uint32_t>();
  const Array<double> scores = file.array<double>();
  Answer answer(counts.size(), stride);
  std::copy_n(counts.data(), counts.size(), answer.counts.begin());
  std::copy_n(positions.data(), positions.size(), answer.positions.begin());
  std::copy_n(scores.data(), scores.size(), answer.scores.begin());
  return answer;
}

// What lies in a row of an answer behind its count means nothing.
inline void expect_same(const std::string& what, const Answer& found, const Answer& expected) {
  if (found.stride != expected.stride) throw Difference(what + ": another stride");
  expect_same(what + ", counts", found.counts.data(), expected.counts.data(), expected.counts.size());
  for (size_t query = 0; query < expected.counts.size(); query++) {
    const size_t first = query * expected.stride, count = expected.counts[query];
    const std::string where = what + ", query " + std::to_string(query);
    expect_same(where + ", positions", found.positions.data() + first, expected.positions.data() + first, count);
    expect_same(where + ", scores", found.scores.data() + first, expected.scores.data() + first, count);
  }
}

inline Metric metric_of(const std::string& name) {
  return name == "cosine" ? Metric::kCosine : name == "dot" ? Metric::kDot : Metric::kEuclidean;
}

}  // namespace kindred::golden
