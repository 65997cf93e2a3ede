// limits: what this machine reads, multiplies and adds in a second at best. For benchmarks only.
#include "limits.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "addon/arguments.h"
#include "machine/cpu.h"
#include "machine/pages.h"

namespace kindred {

#if defined(__x86_64__) || defined(_M_X64)
extern const LimitKernels kLimitsAvx2Kernels;
extern const LimitKernels kLimitsAvx2VnniKernels;
extern const LimitKernels kLimitsAvx512Kernels;
extern const LimitKernels kLimitsAvx512VnniKernels;
#if defined(KINDRED_AMX)
extern const LimitKernels kLimitsAmxKernels;
#endif
#elif defined(__aarch64__) || defined(_M_ARM64)
extern const LimitKernels kLimitsNeonKernels;
extern const LimitKernels kLimitsNeonDotprodKernels;
#endif
extern const LimitKernels kLimitsScalarKernels;

namespace {

using Clock = std::chrono::steady_clock;

// A measurement is the best of so many: interruptions only ever make it slower.
constexpr int kTrials = 7;
constexpr double kTrialSeconds = 0.02;
constexpr size_t kMostBytes = size_t{1} << 33;
constexpr size_t kMostThreads = 256;

// What this CPU can run, widest reads first.
std::vector<const LimitKernels*> runnable() {
  std::vector<const LimitKernels*> all;
#if defined(__x86_64__) || defined(_M_X64)
  if (cpu_runs_avx512()) all.push_back(&kLimitsAvx512Kernels);
  if (cpu_runs_avx512_vnni()) all.push_back(&kLimitsAvx512VnniKernels);
  if (cpu_runs_avx2()) all.push_back(&kLimitsAvx2Kernels);
  if (cpu_runs_avx2_vnni()) all.push_back(&kLimitsAvx2VnniKernels);
#if defined(KINDRED_AMX)
  if (cpu_obstacle_to_amx().empty()) all.push_back(&kLimitsAmxKernels);
#endif
#elif defined(__aarch64__) || defined(_M_ARM64)
  all.push_back(&kLimitsNeonKernels);
  if (cpu_runs_neon_dotprod()) all.push_back(&kLimitsNeonDotprodKernels);
#endif
  all.push_back(&kLimitsScalarKernels);
  return all;
}

// Seconds that `threads` threads take for work(thread), from a common start to the end of the last.
template <class Work>
double seconds_of(size_t threads, const Work& work) {
  std::atomic<size_t> ready{0};
  std::atomic<bool> go{false};
  std::vector<std::thread> others;
  others.reserve(threads);
  try {
    for (size_t t = 1; t < threads; t++) {
      others.emplace_back([&, t] {
        ready++;
        while (!go) std::this_thread::yield();
        work(t);
      });
    }
  } catch (const std::system_error&) {
    // A running thread must be joined before it goes out of scope.
    go = true;
    for (std::thread& other : others) other.join();
    throw std::length_error("threads");
  }
  while (ready + 1 < threads) std::this_thread::yield();
  const auto start = Clock::now();
  go = true;
  work(0);
  for (std::thread& other : others) other.join();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Amounts per second, where work(thread, rounds) does `amount` per round and thread.
template <class Work>
double best_rate(size_t threads, double amount, const Work& work) {
  size_t rounds = 1;
  double best = 0;
  for (int trial = 0; trial < kTrials;) {
    const double seconds = seconds_of(threads, [&](size_t thread) { work(thread, rounds); });
    if (seconds < kTrialSeconds) {
      rounds *= 2;
      continue;
    }
    best = std::max(best, amount * static_cast<double>(rounds) * static_cast<double>(threads) / seconds);
    trial++;
  }
  return best;
}

size_t threads_of(const Napi::Value& value) {
  const size_t threads = value.IsUndefined() ? 1 : size_of(value, "threads");
  if (threads < 1 || threads > kMostThreads) refuse(value.Env(), "threads must be 1 to 256");
  return threads;
}

// readBandwidth(bytes, threads = 1): bytes per second, reading that many bytes over and over.
Napi::Value read_bandwidth(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const size_t threads = threads_of(info[1]);
  const size_t asked = size_of(info[0], "bytes");
  if (asked > kMostBytes) refuse(env, "bytes must be at most 2^33");
  const size_t share = std::max<size_t>(asked / threads / 512, 1) * 512;
  const auto read = runnable().front()->read;
  const double rate = guarded(env, [&] {
    // Not a vector: that would touch the memory before it can come in large pages.
    const std::unique_ptr<uint8_t[]> room(new uint8_t[share * threads + 64]);
    uint8_t* data = room.get() + (64 - reinterpret_cast<uintptr_t>(room.get()) % 64) % 64;
    prefer_large_pages(data, share * threads);
    for (size_t i = 0; i < share * threads; i++) data[i] = static_cast<uint8_t>(i);
    std::atomic<uint64_t> seen{0};
    return best_rate(threads, static_cast<double>(share), [&](size_t thread, size_t rounds) {
      uint64_t sum = 0;
      for (size_t round = 0; round < rounds; round++) sum += read(data + thread * share, share);
      seen += sum;
    });
  });
  return Napi::Number::New(env, rate);
}

// peaks(threads = 1): [{ name, float32?, int8? }], operations per second; a multiply-add counts as two.
Napi::Value peaks(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const size_t threads = threads_of(info[0]);
  Napi::Array list = Napi::Array::New(env);
  for (const LimitKernels* kernels : runnable()) {
    Napi::Object entry = Napi::Object::New(env);
    entry["name"] = kernels->name;
    if (kernels->float32 != nullptr) {
      entry["float32"] = guarded(env, [&] {
        return best_rate(threads, 2.0 * static_cast<double>(kernels->float32_per_round), [&](size_t, size_t rounds) {
          float sums[kLimitSums];
          kernels->float32(rounds, sums);
          volatile float kept = sums[0];
          static_cast<void>(kept);
        });
      });
    }
    if (kernels->int8 != nullptr) {
      entry["int8"] = guarded(env, [&] {
        return best_rate(threads, 2.0 * static_cast<double>(kernels->int8_per_round), [&](size_t, size_t rounds) {
          int32_t sums[kLimitSums];
          kernels->int8(rounds, sums);
          volatile int32_t kept = sums[0];
          static_cast<void>(kept);
        });
      });
    }
    list[list.Length()] = entry;
  }
  return list;
}

}  // namespace

static Napi::Object init_limits(Napi::Env env, Napi::Object exports) {
  exports["readBandwidth"] = Napi::Function::New<read_bandwidth>(env, "readBandwidth");
  exports["peaks"] = Napi::Function::New<peaks>(env, "peaks");
  return exports;
}

}  // namespace kindred

static Napi::Object init_module(Napi::Env env, Napi::Object exports) { return kindred::init_limits(env, exports); }

NODE_API_MODULE(limits, init_module)
