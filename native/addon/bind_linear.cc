// JavaScript functions over dense linear algebra at one level.
#include "addon/sparse_records.h"
#include "linear/dense_topk.h"
#include "linear/inverse.h"

namespace kindred {

namespace {

const LinearKernels& linear_kernels_of(const Napi::CallbackInfo& info) {
  return *static_cast<const LinearKernels*>(info.Data());
}

// As JavaScript holds it; empty once it was freed.
using HeldInverse = std::unique_ptr<GramInverse>;
using InverseHandle = Napi::External<HeldInverse>;

GramInverse& inverse_of(const Napi::Value& value) {
  if (!value.IsExternal()) refuse(value.Env(), "this is no inverse");
  HeldInverse& held = *value.As<InverseHandle>().Data();
  if (!held) refuse(value.Env(), "the inverse was freed");
  return *held;
}

GramInverse& complete_inverse_of(const Napi::Value& value) {
  GramInverse& inverse = inverse_of(value);
  if (!inverse.is_complete() || inverse.failed_at() >= 0) refuse(value.Env(), "the inverse is not complete");
  return inverse;
}

// openGramInverse(matrix, l2)
Napi::Value open_gram_inverse(const Napi::CallbackInfo& info) {
  const SparseRows matrix = sparse_rows_of<float>(info[0], "matrix");
  const double l2 = info[1].As<Napi::Number>();
  auto inverse = guarded(info.Env(), [&] { return std::make_unique<GramInverse>(linear_kernels_of(info), matrix, l2); });
  auto held = std::make_unique<HeldInverse>(std::move(inverse));
  InverseHandle external = InverseHandle::New(info.Env(), held.get(), [](Napi::Env, HeldInverse* data) { delete data; });
  held.release();
  return external;
}

// inverseTotal(inverse): products that are added up in all
Napi::Value inverse_total(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), inverse_of(info[0]).total());
}

// advanceInverse(inverse, products, threads): the work done so far
Napi::Value advance_inverse(const Napi::CallbackInfo& info) {
  GramInverse& inverse = inverse_of(info[0]);
  const double products = info[1].As<Napi::Number>();
  const size_t threads = threads_of(info[2]);
  guarded(info.Env(), [&] { inverse.advance(pool_of(info.Env()), threads, products); });
  return Napi::Number::New(info.Env(), inverse.done());
}

// inverseFailedAt(inverse): the row whose pivot is not positive, or -1
Napi::Value inverse_failed_at(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), inverse_of(info[0]).failed_at());
}

// writeInverse(inverse, out)
void write_inverse(const Napi::CallbackInfo& info) {
  GramInverse& inverse = complete_inverse_of(info[0]);
  Napi::Float64Array out = float64_array(info[1], "out");
  expect_length(info.Env(), out.ElementLength(), inverse.size() * inverse.size(), "out");
  inverse.write_inverse(out.Data());
}

// writeWeights(inverse, first, last, out)
void write_weights(const Napi::CallbackInfo& info) {
  GramInverse& inverse = complete_inverse_of(info[0]);
  const size_t first = size_of(info[1], "first"), last = size_of(info[2], "last");
  if (first > last || last > inverse.size()) refuse(info.Env(), "there are no such rows");
  Napi::Float32Array out = float32_array(info[3], "out");
  expect_length(info.Env(), out.ElementLength(), (last - first) * inverse.size(), "out");
  inverse.write_weights(first, last, out.Data());
}

// freeInverse(inverse)
void free_inverse(const Napi::CallbackInfo& info) {
  if (!info[0].IsExternal()) refuse(info.Env(), "this is no inverse");
  info[0].As<InverseHandle>().Data()->reset();
}

// denseTopK(weights, { data, dim }, { exclude?, admit?, above, minScore, threads }, answer)
void dense_top_k_callback(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const SparseRows weights = sparse_rows_of<float>(info[0], "weights");
  const Record rows(info[1], "dense");
  Napi::Float32Array dense = rows.float32("data");
  const size_t columns = rows.extent("dim");
  if (columns != 0 && dense.ElementLength() / columns < weights.columns) refuse(env, "rows reach past their array");
  const Record asked(info[2], "options");
  const SparseTopKOptions options = sparse_options_of(asked, weights.rows, columns);
  const TopRows answer = top_rows_of(info[3], weights.rows, columns);
  const size_t threads = threads_of(asked.get("threads"));
  guarded(env, [&] { dense_top_k(linear_kernels_of(info), pool_of(env), threads, weights, dense.Data(), columns, options, answer); });
}

}  // namespace

void add_linear(Napi::Env env, Napi::Object target, const LinearKernels* kernels) {
  void* data = const_cast<LinearKernels*>(kernels);
  target["openGramInverse"] = Napi::Function::New<open_gram_inverse>(env, "openGramInverse", data);
  target["inverseTotal"] = Napi::Function::New<inverse_total>(env, "inverseTotal");
  target["advanceInverse"] = Napi::Function::New<advance_inverse>(env, "advanceInverse");
  target["inverseFailedAt"] = Napi::Function::New<inverse_failed_at>(env, "inverseFailedAt");
  target["writeInverse"] = Napi::Function::New<write_inverse>(env, "writeInverse");
  target["writeWeights"] = Napi::Function::New<write_weights>(env, "writeWeights");
  target["freeInverse"] = Napi::Function::New<free_inverse>(env, "freeInverse");
  target["denseTopK"] = Napi::Function::New<dense_top_k_callback>(env, "denseTopK", data);
}

}  // namespace kindred
