// Pages are read when first touched and can be dropped by the system at any time. A file cut short meanwhile ends the process
// with SIGBUS: nothing can be done about that here, so the documentation says it.
#include "machine/mapping.h"

#include <cerrno>
#include <cstring>
#include <stdexcept>

#if defined(__unix__) || defined(__APPLE__)
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace kindred {

#if defined(__unix__) || defined(__APPLE__)

bool Mapping::is_supported() { return true; }

Mapping::Mapping(const std::string& path, size_t expected_bytes) {
  const auto failed = [&](const char* what) {
    return std::runtime_error(std::string("cannot ") + what + " " + path + ": " + std::strerror(errno));
  };
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) throw failed("open");
  // Not by fstat, which is another function since glibc 2.33.
  const off_t bytes = lseek(file, 0, SEEK_END);
  if (bytes < 0) {
    const auto error = failed("examine");
    close(file);
    throw error;
  }
  if (static_cast<size_t>(bytes) != expected_bytes) {
    close(file);
    throw std::runtime_error(path + " has " + std::to_string(bytes) + " bytes, expected " +
                             std::to_string(expected_bytes));
  }
  void* start = mmap(nullptr, expected_bytes, PROT_READ, MAP_PRIVATE, file, 0);
  const auto error = failed("map");
  close(file);
  if (start == MAP_FAILED) throw error;
  start_ = static_cast<const uint8_t*>(start);
  bytes_ = expected_bytes;
}

Mapping::~Mapping() { munmap(const_cast<uint8_t*>(start_), bytes_); }

#else

bool Mapping::is_supported() { return false; }
Mapping::Mapping(const std::string&, size_t) { throw std::runtime_error("this system maps no files"); }
Mapping::~Mapping() = default;

#endif

}  // namespace kindred
