// A buffer that starts on a cache line.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kindred {

template <class T>
class Aligned {
 public:
  explicit Aligned(size_t count, T value = T()) : count_(count), storage_(count + kCacheLine / sizeof(T), value) {
    const auto address = reinterpret_cast<uintptr_t>(storage_.data());
    start_ = (kCacheLine - address % kCacheLine) % kCacheLine / sizeof(T);
  }
  Aligned(Aligned&&) = default;  // moving a vector keeps its place in memory; copying would not
  Aligned& operator=(Aligned&&) = default;
  Aligned(const Aligned&) = delete;

  size_t size() const { return count_; }
  T* data() { return storage_.data() + start_; }
  const T* data() const { return storage_.data() + start_; }

 private:
  static constexpr size_t kCacheLine = 64;
  size_t count_;
  std::vector<T> storage_;
  size_t start_;
};

}  // namespace kindred
