// Threads for searches, shared by all indexes of the process.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>

namespace kindred {

// Physical cores that this process may use.
size_t physical_cores();

// Who includes this need not read what threads are made of: that stands in pool.cc.
class Pool {
 public:
  // The pool of everybody who holds it; its threads end with the last holder. (An addon may be unloaded with its last
  // environment: no thread may then be left in its code.)
  static std::shared_ptr<Pool> shared();
  virtual ~Pool() = default;

  // The threads that a search uses if nobody says.
  size_t cores() const { return cores_; }

  // Calls work(0) here and work(1) .. work(threads - 1) on other threads, as far as these get to it before work(0) has
  // returned; so work must share out its blocks as it goes. Returns when all calls have. The first exception thrown by any
  // is thrown again here. May be called from several threads at once.
  virtual void run(size_t threads, const std::function<void(size_t)>& work) = 0;

 private:
  const size_t cores_ = physical_cores();
};

}  // namespace kindred
