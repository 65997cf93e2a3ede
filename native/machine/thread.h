// A thread. On Linux it is made by pthread_create as the oldest glibc has it: std::thread would ask for a libstdc++ that is
// newer than the one that Node itself needs.
#pragma once
#include <functional>

#if defined(__linux__)
#include <pthread.h>
#else
#include <thread>
#endif

namespace kindred {

class Thread {
 public:
  // Throws std::system_error if the system gives none.
  explicit Thread(std::function<void()> work);
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  void join();

  // Those that the machine runs at once; 0 if it does not tell.
  static unsigned hardware();

 private:
  std::function<void()> work_;
#if defined(__linux__)
  static void* start(void* thread);
  pthread_t thread_;
#else
  std::thread thread_;
#endif
};

}  // namespace kindred
