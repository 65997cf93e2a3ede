// What the files of the addon share: argument checks, and one place that turns C++ errors into JavaScript ones.
#pragma once
#include <napi.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

#include "isa/levels.h"
#include "machine/pool.h"
#include "order/dtype.h"
#include "order/score.h"

namespace kindred {

// Per environment (main thread or worker), so that the addon can be loaded many times in one process.
struct AddonData {
  Napi::FunctionReference corpus_class, frozen_rows_class;
  // Held so that threads live as long as any environment may search.
  std::shared_ptr<Pool> pool = Pool::shared();
};

// Adds the pair and matrix functions of one level to an object.
void add_kernels(Napi::Env env, Napi::Object target, const Level* level);

// Adds what is done with sparse rows, the same at every level.
void add_sparse(Napi::Env env, Napi::Object target);

// Adds the training of embeddings and alternating least squares.
void add_training(Napi::Env env, Napi::Object target, const Kernels* kernels);

// Adds dense linear algebra.
void add_linear(Napi::Env env, Napi::Object target, const LinearKernels* kernels);

Napi::Function define_corpus_class(Napi::Env env);
Napi::Function define_frozen_rows_class(Napi::Env env);

// Throws a TypeError: a call that the facade should never make.
[[noreturn]] inline void refuse(Napi::Env env, const std::string& message) {
  throw Napi::TypeError::New(env, "kindred native: " + message);
}

inline Metric metric_of(const Napi::Value& value) {
  const std::string name = value.As<Napi::String>();
  if (name == "cosine") return Metric::kCosine;
  if (name == "dot") return Metric::kDot;
  if (name == "euclidean") return Metric::kEuclidean;
  refuse(value.Env(), "unknown metric " + name);
}

inline Dtype dtype_of(const Napi::Value& value) {
  const std::string name = value.As<Napi::String>();
  if (name == "float32") return Dtype::kFloat32;
  if (name == "float64") return Dtype::kFloat64;
  if (name == "float16") return Dtype::kFloat16;
  if (name == "bfloat16") return Dtype::kBFloat16;
  if (name == "int8") return Dtype::kInt8;
  refuse(value.Env(), "unknown dtype " + name);
}

template <class T>
T typed_array(const Napi::Value& value, napi_typedarray_type type, const char* what) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != type) {
    refuse(value.Env(), std::string(what) + " is of the wrong type");
  }
  return value.As<T>();
}

inline Napi::Float32Array float32_array(const Napi::Value& value, const char* what) {
  return typed_array<Napi::Float32Array>(value, napi_float32_array, what);
}
inline Napi::Float64Array float64_array(const Napi::Value& value, const char* what) {
  return typed_array<Napi::Float64Array>(value, napi_float64_array, what);
}
inline Napi::Uint32Array uint32_array(const Napi::Value& value, const char* what) {
  return typed_array<Napi::Uint32Array>(value, napi_uint32_array, what);
}
inline Napi::Uint8Array uint8_array(const Napi::Value& value, const char* what) {
  return typed_array<Napi::Uint8Array>(value, napi_uint8_array, what);
}

inline void expect_length(Napi::Env env, size_t actual, size_t expected, const char* what) {
  if (actual != expected) {
    refuse(env, std::string(what) + " has length " + std::to_string(actual) + ", expected " + std::to_string(expected));
  }
}

// A size passed as a number. JavaScript numbers that are no size are refused, not rounded or wrapped around.
inline size_t size_of(const Napi::Value& value, const char* what) {
  const double number = value.As<Napi::Number>().DoubleValue();
  const bool is_size = number >= 0 && number <= 9007199254740991.0 && number == std::floor(number);
  if (!is_size) refuse(value.Env(), std::string(what) + " is no size");
  return static_cast<size_t>(number);
}

// The pool that all environments share.
inline Pool& pool_of(Napi::Env env) { return *env.GetInstanceData<AddonData>()->pool; }

// Threads that a call may use, 0 to leave it to the pool. More than this no machine has, and each costs memory.
inline size_t threads_of(const Napi::Value& value) {
  constexpr size_t kMaxThreads = 1024;
  const size_t threads = size_of(value, "threads");
  return std::min(threads != 0 ? threads : pool_of(value.Env()).cores(), kMaxThreads);
}

// Runs `body`, turning a failed allocation into a JavaScript RangeError instead of an abort.
template <class Body>
auto guarded(Napi::Env env, Body body) -> decltype(body()) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    throw Napi::RangeError::New(env, "kindred native: out of memory");
  } catch (const std::length_error&) {
    throw Napi::RangeError::New(env, "kindred native: more than memory can hold was asked for");
  }
}

}  // namespace kindred
