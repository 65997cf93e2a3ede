// JavaScript functions over the kernels for alternating least squares of one level. All numbers are checked.
#include <algorithm>

#include "addon/arguments.h"
#include "training/als_threads.h"

namespace kindred {

namespace {

const AlsKernels& kernels_of(const Napi::CallbackInfo& info) { return *static_cast<const AlsKernels*>(info.Data()); }

// More threads than this no machine has, and each costs memory.
constexpr size_t kMaxThreads = 1024;

size_t threads_of(const Napi::Value& value) {
  const size_t threads = size_of(value, "threads");
  const auto* data = value.Env().GetInstanceData<AddonData>();
  return threads == 0 ? data->pool->cores() : std::min(threads, kMaxThreads);
}

// The rows that an array of factors has.
size_t rows_in(Napi::Env env, const Napi::Float32Array& factors, size_t stride, const char* what) {
  if (stride == 0 || stride % kLanes != 0 || stride > UINT32_MAX) refuse(env, "stride is no positive multiple of 16");
  if (factors.ElementLength() % stride != 0) refuse(env, std::string(what) + " has an incomplete row");
  return factors.ElementLength() / stride;
}

// alsGram(factors, stride, out, threads)
void als_gram(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Float32Array factors = float32_array(info[0], "factors"), out = float32_array(info[2], "out");
  const size_t stride = size_of(info[1], "stride");
  const size_t rows = rows_in(env, factors, stride, "factors");
  expect_length(env, out.ElementLength(), stride * stride, "out");
  const auto* data = env.GetInstanceData<AddonData>();
  guarded(env, [&] {
    gram_matrix(kernels_of(info), *data->pool, threads_of(info[3]), factors.Data(), rows, stride, out.Data());
  });
}

// What makes every index of the rows first .. last readable.
void expect_rows(Napi::Env env, const Napi::Uint32Array& indptr, const Napi::Uint32Array& indices, size_t first, size_t last,
                 size_t others) {
  const uint32_t* begin = indptr.Data() + first;
  const uint32_t* end = indptr.Data() + last + 1;
  if (!std::is_sorted(begin, end)) refuse(env, "indptr must ascend");
  if (*(end - 1) > indices.ElementLength()) refuse(env, "indptr reaches past the indices");
  const uint32_t* largest = std::max_element(indices.Data() + *begin, indices.Data() + *(end - 1));
  if (largest != indices.Data() + *(end - 1) && *largest >= others) refuse(env, "indices reach past the other side");
}

// alsSolve(indptr, indices, weights, others, gram, l2, stride, first, last, steps, tolerance, cold, factors, threads)
void als_solve(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Uint32Array indptr = uint32_array(info[0], "indptr"), indices = uint32_array(info[1], "indices");
  Napi::Float32Array weights = float32_array(info[2], "weights"), others = float32_array(info[3], "others");
  Napi::Float32Array gram = float32_array(info[4], "gram"), l2 = float32_array(info[5], "l2");
  const size_t stride = size_of(info[6], "stride"), first = size_of(info[7], "first"), last = size_of(info[8], "last");
  const size_t steps = size_of(info[9], "steps");
  const float tolerance = info[10].As<Napi::Number>().FloatValue();
  const bool cold = info[11].ToBoolean();
  Napi::Float32Array factors = float32_array(info[12], "factors");
  const size_t rows = rows_in(env, factors, stride, "factors");
  expect_length(env, indptr.ElementLength(), rows + 1, "indptr");
  expect_length(env, weights.ElementLength(), indices.ElementLength(), "weights");
  expect_length(env, gram.ElementLength(), stride * stride, "gram");
  expect_length(env, l2.ElementLength(), rows, "l2");
  if (first > last || last > rows) refuse(env, "there are no such rows");
  expect_rows(env, indptr, indices, first, last, rows_in(env, others, stride, "others"));
  const AlsHalf half = {indptr.Data(), indices.Data(), weights.Data(), others.Data(), gram.Data(), l2.Data(),
                        stride,        steps,          tolerance,      cold,          factors.Data()};
  const auto* data = env.GetInstanceData<AddonData>();
  guarded(env, [&] { solve_rows(kernels_of(info), *data->pool, threads_of(info[13]), half, first, last); });
}

}  // namespace

void add_als(Napi::Env env, Napi::Object target, const AlsKernels* kernels) {
  void* data = const_cast<AlsKernels*>(kernels);
  target["alsGram"] = Napi::Function::New<als_gram>(env, "alsGram", data);
  target["alsSolve"] = Napi::Function::New<als_solve>(env, "alsSolve", data);
}

}  // namespace kindred
