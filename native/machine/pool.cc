// Jobs wait in a queue; an idle thread starts the next call of the first one. Nobody waits for a call that no thread has
// started, so a pool busy with other searches never holds one up.
#include "machine/pool.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <vector>

#include "machine/thread.h"

#if defined(__linux__)
#include <sched.h>

#include <cstdio>
#include <set>
#include <string>
#endif

namespace kindred {

size_t physical_cores() {
#if defined(__linux__)
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
    // Threads of one core name the same siblings.
    std::set<std::string> cores;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
      if (!CPU_ISSET(cpu, &allowed)) continue;
      const std::string path = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list";
      char siblings[256] = {};
      if (std::FILE* file = std::fopen(path.c_str(), "r")) {
        if (std::fgets(siblings, sizeof siblings, file) == nullptr) siblings[0] = 0;
        std::fclose(file);
      }
      cores.insert(siblings[0] != 0 ? siblings : path);
    }
    if (!cores.empty()) return cores.size();
  }
#endif
  return std::max(1u, Thread::hardware());
}

namespace {

class Threads final : public Pool {
 public:
  ~Threads() override;
  void run(size_t threads, const std::function<void(size_t)>& work) override;

 private:
  struct Job {
    const std::function<void(size_t)>* work;
    size_t next, end;  // calls not yet started
    size_t running = 0;
    std::exception_ptr failure;
  };

  void loop();
  void grow(size_t threads);

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::deque<Job*> jobs_;
  std::vector<std::unique_ptr<Thread>> threads_;
  bool ending_ = false;
};

}  // namespace

std::shared_ptr<Pool> Pool::shared() {
  static std::mutex mutex;
  static std::weak_ptr<Pool> current;
  const std::lock_guard<std::mutex> lock(mutex);
  std::shared_ptr<Pool> pool = current.lock();
  if (!pool) current = pool = std::make_shared<Threads>();
  return pool;
}

Threads::~Threads() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  for (const auto& thread : threads_) thread->join();
}

void Threads::grow(size_t threads) {
  while (threads_.size() < threads) {
    try {
      threads_.push_back(std::make_unique<Thread>([this] { loop(); }));
    } catch (const std::system_error&) {
      return;  // The system gives no more threads: work goes on with those there are.
    }
  }
}

void Threads::run(size_t threads, const std::function<void(size_t)>& work) {
  if (threads <= 1) return work(0);
  Job job = {&work, 1, threads, 0, nullptr};
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    grow(threads - 1);
    jobs_.push_back(&job);
  }
  wake_.notify_all();
  std::exception_ptr failure;
  try {
    work(0);
  } catch (...) {
    failure = std::current_exception();
  }
  std::unique_lock<std::mutex> lock(mutex_);
  jobs_.erase(std::remove(jobs_.begin(), jobs_.end(), &job), jobs_.end());
  done_.wait(lock, [&] { return job.running == 0; });
  if (!failure) failure = job.failure;
  if (failure) std::rethrow_exception(failure);
}

void Threads::loop() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    Job& job = *jobs_.front();
    const size_t number = job.next++;
    if (job.next == job.end) jobs_.pop_front();
    job.running++;
    lock.unlock();
    std::exception_ptr failure;
    try {
      (*job.work)(number);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (failure && !job.failure) job.failure = failure;
    if (--job.running == 0) done_.notify_all();
  }
}

}  // namespace kindred
