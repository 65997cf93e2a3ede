// Threads for searches, shared by all indexes of the process.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace kindred {

// Physical cores that this process may use.
size_t physical_cores();

class Pool {
 public:
  // The pool of everybody who holds it; its threads end with the last holder. (An addon may be unloaded with its last
  // environment: no thread may then be left in its code.)
  static std::shared_ptr<Pool> shared();
  ~Pool();

  // The threads that a search uses if nobody says.
  size_t cores() const { return cores_; }

  // Calls work(0) here and work(1) .. work(threads - 1) on other threads, as far as these get to it before work(0) has
  // returned; so work must share out its blocks as it goes. Returns when all calls have. The first exception thrown by any
  // is thrown again here. May be called from several threads at once.
  void run(size_t threads, const std::function<void(size_t)>& work);

 private:
  struct Job {
    const std::function<void(size_t)>* work;
    size_t next, end;      // calls not yet started
    size_t running = 0;
    std::exception_ptr failure;
  };

  void loop();
  void grow(size_t threads);

  const size_t cores_ = physical_cores();
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::deque<Job*> jobs_;
  std::vector<std::thread> threads_;
  bool ending_ = false;
};

}  // namespace kindred
