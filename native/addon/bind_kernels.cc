// JavaScript functions over the kernels of one level. Each function carries its level's table as its data.
#include <cmath>

#include "addon/record.h"
#include "machine/pages.h"
#include "matrix/matrix.h"

namespace kindred {

namespace {

// One operand of a pair. For short vectors the call is the cost, so nothing is wrapped, and the bytes are asked for as of
// a buffer, which takes half the time of asking for a typed array (that way is kept for runtimes that refuse this one).
// The facade has made sure that the value is a typed array of T.
template <class T>
bool read_operand(napi_env env, napi_value value, const T*& data, size_t& length) {
  void* bytes = nullptr;
  if (napi_get_buffer_info(env, value, &bytes, &length) == napi_ok) {
    length /= sizeof(T);
  } else {
    napi_typedarray_type type;
    if (napi_get_typedarray_info(env, value, &type, &length, &bytes, nullptr, nullptr) != napi_ok) return false;
    if (type != (sizeof(T) == 4 ? napi_float32_array : napi_float64_array)) return false;
  }
  data = static_cast<const T*>(bytes);
  return true;
}

double cosine_or_nan(const CosineSums& sums) {
  const auto safe = [](double squares) { return squares >= kSmallestSquares && squares <= kLargestSquares; };
  if (!safe(sums.squares_a) || !safe(sums.squares_b)) return std::nan("");
  return cosine_of(sums.dot, sums.squares_a, sums.squares_b);
}

// The three pairs of kernels, so that one callback serves them all.
struct Dot {
  static double of(const CanonicalKernels& k, const float* a, const float* b, size_t dim) { return k.dot_f32(a, b, dim); }
  static double of(const CanonicalKernels& k, const double* a, const double* b, size_t dim) { return k.dot_f64(a, b, dim); }
};
struct Cosine {
  static double of(const CanonicalKernels& k, const float* a, const float* b, size_t dim) {
    return cosine_or_nan(k.cosine_f32(a, b, dim));
  }
  static double of(const CanonicalKernels& k, const double* a, const double* b, size_t dim) {
    return cosine_or_nan(k.cosine_f64(a, b, dim));
  }
};
struct Euclidean {
  static double of(const CanonicalKernels& k, const float* a, const float* b, size_t dim) {
    return std::sqrt(k.squared_distance_f32(a, b, dim));
  }
  static double of(const CanonicalKernels& k, const double* a, const double* b, size_t dim) {
    return std::sqrt(k.squared_distance_f64(a, b, dim));
  }
};

template <class Pair, class T>
napi_value pair_callback(napi_env env, napi_callback_info info) {
  napi_value arguments[2], result = nullptr;
  size_t count = 2, length_a = 0, length_b = 0;
  void* kernels;
  const T *a, *b;
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, &kernels) != napi_ok || count != 2 ||
      !read_operand(env, arguments[0], a, length_a) || !read_operand(env, arguments[1], b, length_b) ||
      length_a != length_b) {
    napi_throw_type_error(env, nullptr, "kindred native: a pair is two typed arrays of one class and length");
    return nullptr;
  }
  napi_create_double(env, Pair::of(*static_cast<const CanonicalKernels*>(kernels), a, b, length_a), &result);
  return result;
}

void add_pair(Napi::Env env, Napi::Object target, const char* name, napi_callback callback, const CanonicalKernels* kernels) {
  napi_value function;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, const_cast<CanonicalKernels*>(kernels), &function) != napi_ok) {
    throw Napi::Error::New(env);
  }
  target[name] = Napi::Function(env, function);
}

const CanonicalKernels& kernels_of(const Napi::CallbackInfo& info) { return *static_cast<const CanonicalKernels*>(info.Data()); }

// { data, rows, dim }: the array may be longer than the rows.
template <class T>
Rows<T> rows_of(const Record& record) {
  auto array = record.get("data").As<Napi::TypedArrayOf<T>>();
  const size_t count = record.size("rows"), dim = record.size("dim");
  if (dim == 0) refuse(record.env(), "dim must be positive");
  if (count != 0 && array.ElementLength() / count < dim) refuse(record.env(), "rows reach past their array");
  return {array.Data(), count, dim};
}

template <class Pair, class T>
void pair_scores(const CanonicalKernels& kernels, Rows<T> a, Rows<T> b, double* out) {
  for (size_t i = 0; i < b.rows; i++) {
    const T* x = a.data + (a.rows == 1 ? 0 : i) * a.dim;
    out[i] = Pair::of(kernels, x, b.data + i * b.dim, a.dim);
  }
}

template <class T>
void pairs_of(const CanonicalKernels& kernels, Metric metric, const Napi::CallbackInfo& info) {
  const Rows<T> a = rows_of<T>(Record(info[1], "a")), b = rows_of<T>(Record(info[2], "b"));
  expect_length(info.Env(), b.dim, a.dim, "a row of b");
  if (a.rows != 1 && a.rows != b.rows) refuse(info.Env(), "pairs need equally many rows, or one");
  Napi::Float64Array out = float64_array(info[3], "out");
  expect_length(info.Env(), out.ElementLength(), b.rows, "out");
  switch (metric) {
    case Metric::kDot:
      return pair_scores<Dot>(kernels, a, b, out.Data());
    case Metric::kCosine:
      return pair_scores<Cosine>(kernels, a, b, out.Data());
    case Metric::kEuclidean:
      pair_scores<Euclidean>(kernels, a, b, out.Data());
      // 0 - x, not -x: equal vectors score +0.
      for (size_t i = 0; i < b.rows; i++) out[i] = 0.0 - out[i];
      return;
  }
}

// Of which class the rows of { data, rows, dim } are.
napi_typedarray_type class_of_rows(const Napi::Value& value, const char* what) {
  const Napi::Value data = Record(value, what).get("data");
  return data.IsTypedArray() ? data.As<Napi::TypedArray>().TypedArrayType() : napi_int8_array;
}

// pairs(metric, a, b, out)
void pairs(const Napi::CallbackInfo& info) {
  const Metric metric = metric_of(info[0]);
  const napi_typedarray_type type = class_of_rows(info[1], "a");
  if (class_of_rows(info[2], "b") == type) {
    if (type == napi_float32_array) return pairs_of<float>(kernels_of(info), metric, info);
    if (type == napi_float64_array) return pairs_of<double>(kernels_of(info), metric, info);
  }
  refuse(info.Env(), "pairs are two Float32Array or two Float64Array");
}

template <class T>
ptrdiff_t matrix_of(const CanonicalKernels& kernels, Metric metric, const Napi::CallbackInfo& info) {
  const bool itself = info[2].IsUndefined();
  const Rows<T> a = rows_of<T>(Record(info[1], "a"));
  const Rows<T> b = itself ? a : rows_of<T>(Record(info[2], "b"));
  expect_length(info.Env(), b.dim, a.dim, "a row of b");
  Napi::Float32Array out = float32_array(info[3], "out");
  expect_length(info.Env(), out.ElementLength(), a.rows * b.rows, "out");
  prefer_large_pages(out.Data(), out.ByteLength());
  const size_t threads = threads_of(info[4]);
  Pool& pool = pool_of(info.Env());
  return guarded(info.Env(), [&] {
    return similarity_matrix(kernels, pool, threads, metric, a, itself ? nullptr : &b, out.Data());
  });
}

// matrix(metric, a, b | undefined, out, threads): the first bad row or -1
Napi::Value matrix(const Napi::CallbackInfo& info) {
  const Metric metric = metric_of(info[0]);
  const napi_typedarray_type type = class_of_rows(info[1], "a");
  const bool alike = info[2].IsUndefined() || class_of_rows(info[2], "b") == type;
  ptrdiff_t bad = -1;
  if (alike && type == napi_float32_array) {
    bad = matrix_of<float>(kernels_of(info), metric, info);
  } else if (alike && type == napi_float64_array) {
    bad = matrix_of<double>(kernels_of(info), metric, info);
  } else {
    refuse(info.Env(), "a matrix is of Float32Array or Float64Array, both alike");
  }
  return Napi::Number::New(info.Env(), static_cast<double>(bad));
}

// openCorpus(dim, metric, dtype, threads)
Napi::Value open_corpus(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto level = Napi::External<Level>::New(env, static_cast<Level*>(info.Data()));
  return env.GetInstanceData<AddonData>()->corpus_class.New({level, info[0], info[1], info[2], info[3]});
}

}  // namespace

void add_kernels(Napi::Env env, Napi::Object target, const Level* level) {
  const CanonicalKernels* kernels = &level->kernels->canonical;
  void* data = const_cast<CanonicalKernels*>(kernels);
  add_pair(env, target, "dotFloat32", pair_callback<Dot, float>, kernels);
  add_pair(env, target, "dotFloat64", pair_callback<Dot, double>, kernels);
  add_pair(env, target, "cosineFloat32", pair_callback<Cosine, float>, kernels);
  add_pair(env, target, "cosineFloat64", pair_callback<Cosine, double>, kernels);
  add_pair(env, target, "euclideanFloat32", pair_callback<Euclidean, float>, kernels);
  add_pair(env, target, "euclideanFloat64", pair_callback<Euclidean, double>, kernels);
  target["pairs"] = Napi::Function::New<pairs>(env, "pairs", data);
  target["matrix"] = Napi::Function::New<matrix>(env, "matrix", data);
  target["openCorpus"] = Napi::Function::New<open_corpus>(env, "openCorpus", const_cast<Level*>(level));
}

}  // namespace kindred
