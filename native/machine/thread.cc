// The versions of glibc's functions that every glibc has are named by hand: a newer linker would take newer ones.
#include "machine/thread.h"

#include <algorithm>
#include <system_error>
#include <utility>

#if defined(__linux__)
#include <unistd.h>
#endif

#include "machine/baseline.h"

namespace kindred {

#if defined(__linux__)

KINDRED_OLDEST(pthread_create);
KINDRED_OLDEST(pthread_join);

Thread::Thread(std::function<void()> work) : work_(std::move(work)) {
  const int error = pthread_create(&thread_, nullptr, start, this);
  if (error != 0) throw std::system_error(error, std::generic_category(), "pthread_create");
}

void* Thread::start(void* thread) {
  static_cast<Thread*>(thread)->work_();
  return nullptr;
}

void Thread::join() { pthread_join(thread_, nullptr); }

unsigned Thread::hardware() { return static_cast<unsigned>(std::max(0L, sysconf(_SC_NPROCESSORS_ONLN))); }

#else

Thread::Thread(std::function<void()> work) : work_(std::move(work)), thread_([this] { work_(); }) {}

void Thread::join() { thread_.join(); }

unsigned Thread::hardware() { return std::thread::hardware_concurrency(); }

#endif

}  // namespace kindred
