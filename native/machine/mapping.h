// A file seen as memory.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace kindred {

class Mapping {
 public:
  // Whether this system can map files.
  static bool is_supported();
  // The whole file, to be read only. Throws std::runtime_error if it cannot be mapped or has not `expected_bytes` bytes.
  Mapping(const std::string& path, size_t expected_bytes);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  const uint8_t* at(size_t offset) const { return start_ + offset; }

 private:
  const uint8_t* start_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace kindred
