// What newer compilers take from newer libraries, defined here by what old ones had, so that the addon loads wherever its Node
// does: with glibc 2.28 and the libstdc++ of GCC 5. A test reads the versions that the addon asks for.
#include "machine/baseline.h"

#if defined(__GLIBCXX__) && defined(__linux__)

#include <pthread.h>

#include <condition_variable>
#include <mutex>
#include <new>

#define KINDRED_HERE __attribute__((visibility("hidden")))

extern "C" {

// Whether atomic counts may be left out (glibc 2.32): never.
KINDRED_HERE char __libc_single_threaded = 0;

// std::__throw_bad_array_new_length (GCC 11).
[[noreturn]] KINDRED_HERE void kindred_bad_array_length() __asm__("_ZSt28__throw_bad_array_new_lengthv");
void kindred_bad_array_length() { throw std::bad_array_new_length(); }

// std::condition_variable::wait (a new version of it in GCC 12).
KINDRED_HERE void kindred_wait(std::condition_variable* condition, std::unique_lock<std::mutex>* lock) __asm__(
    "_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE");
void kindred_wait(std::condition_variable* condition, std::unique_lock<std::mutex>* lock) {
  pthread_cond_wait(condition->native_handle(), lock->mutex()->native_handle());
}

// std::exception_ptr's counting (outside since GCC 11): its copy constructor and its destructor have always been there.
void kindred_copy(void* to, const void* from) __asm__("_ZNSt15__exception_ptr13exception_ptrC1ERKS0_");
void kindred_destroy(void* pointer) __asm__("_ZNSt15__exception_ptr13exception_ptrD1Ev");

KINDRED_HERE void kindred_add(void** pointer) __asm__("_ZNSt15__exception_ptr13exception_ptr9_M_addrefEv");
void kindred_add(void** pointer) {
  void* never_destroyed;
  if (*pointer != nullptr) kindred_copy(&never_destroyed, pointer);
}

KINDRED_HERE void kindred_release(void** pointer) __asm__("_ZNSt15__exception_ptr13exception_ptr10_M_releaseEv");
void kindred_release(void** pointer) {
  void* last = *pointer;
  *pointer = nullptr;
  if (last != nullptr) kindred_destroy(&last);
}
}

#endif
