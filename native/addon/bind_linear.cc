// JavaScript functions over dense linear algebra at one level. Lengths and indices are checked: a wrong one would be a
// wild write.
#include <algorithm>

#include "addon/arguments.h"
#include "linear/inverse.h"
#include "linear/dense_topk.h"

namespace kindred {

namespace {

const LinearKernels& kernels_of(const Napi::CallbackInfo& info) {
  return *static_cast<const LinearKernels*>(info.Data());
}

size_t extent_of(const Napi::Value& value, const char* what) {
  const size_t extent = size_of(value, what);
  if (extent > UINT32_MAX) refuse(value.Env(), std::string(what) + " is more than 32 bits can number");
  return extent;
}

// CSR as it is laid out in arguments: starts that ascend, columns that ascend within a row.
void check_rows(Napi::Env env, const Napi::Uint32Array& indptr, const Napi::Uint32Array& indices, size_t rows,
                size_t columns) {
  expect_length(env, indptr.ElementLength(), rows + 1, "indptr");
  const uint32_t* starts = indptr.Data();
  const uint32_t* at = indices.Data();
  if (starts[0] != 0 || !std::is_sorted(starts, starts + rows + 1) || starts[rows] > indices.ElementLength()) {
    refuse(env, "indptr does not fit its entries");
  }
  for (size_t row = 0; row < rows; row++) {
    for (size_t p = starts[row]; p < starts[row + 1]; p++) {
      if (at[p] < columns && (p == starts[row] || at[p - 1] < at[p])) continue;
      refuse(env, "indices must ascend below columns");
    }
  }
}

SparseRows sparse_rows_of(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const size_t rows = extent_of(info[0], "rows"), columns = extent_of(info[1], "columns");
  Napi::Uint32Array indptr = uint32_array(info[2], "indptr"), indices = uint32_array(info[3], "indices");
  Napi::Float32Array values = float32_array(info[4], "values");
  check_rows(env, indptr, indices, rows, columns);
  if (indptr.Data()[rows] > values.ElementLength()) refuse(env, "values end before indices");
  return {rows, columns, indptr.Data(), indices.Data(), values.Data()};
}

size_t threads_of(const Napi::Value& value) {
  const size_t threads = size_of(value, "threads");
  return std::min<size_t>(threads != 0 ? threads : Pool::shared()->cores(), 1024);
}

// As JavaScript holds it; empty once it was freed.
using HeldInverse = std::unique_ptr<GramInverse>;
using Held = Napi::External<HeldInverse>;

GramInverse& inverse_of(const Napi::Value& value) {
  if (!value.IsExternal()) refuse(value.Env(), "this is no inverse");
  HeldInverse& held = *value.As<Held>().Data();
  if (!held) refuse(value.Env(), "the inverse was freed");
  return *held;
}

GramInverse& complete_inverse_of(const Napi::Value& value) {
  GramInverse& inverse = inverse_of(value);
  if (!inverse.is_complete() || inverse.failed_at() >= 0) refuse(value.Env(), "the inverse is not complete");
  return inverse;
}

// openGramInverse(rows, columns, indptr, indices, values, l2)
Napi::Value open_gram_inverse(const Napi::CallbackInfo& info) {
  const SparseRows matrix = sparse_rows_of(info);
  const double l2 = info[5].As<Napi::Number>();
  auto inverse = guarded(info.Env(), [&] { return std::make_unique<GramInverse>(kernels_of(info), matrix, l2); });
  auto held = std::make_unique<HeldInverse>(std::move(inverse));
  Held external = Held::New(info.Env(), held.get(), [](Napi::Env, HeldInverse* data) { delete data; });
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
  guarded(info.Env(), [&] { inverse.advance(*info.Env().GetInstanceData<AddonData>()->pool, threads, products); });
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
  info[0].As<Held>().Data()->reset();
}

// denseTopK(rows, inner, indptr, indices, weights, dense, columns, excludeIndptr | undefined, excludeIndices,
//           admit | undefined, above, minScore, stride, counts, positions, scores, threads)
void dense_top_k_callback(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const SparseRows weights = sparse_rows_of(info);
  Napi::Float32Array dense = float32_array(info[5], "dense");
  const size_t columns = extent_of(info[6], "columns");
  if (columns != 0 && weights.columns > SIZE_MAX / columns) refuse(env, "dense is too large");
  expect_length(env, dense.ElementLength(), weights.columns * columns, "dense");
  SparseTopKOptions options = {nullptr, nullptr, nullptr, info[10].As<Napi::Number>(), info[11].As<Napi::Number>()};
  if (!info[7].IsUndefined()) {
    Napi::Uint32Array starts = uint32_array(info[7], "exclude"), excluded = uint32_array(info[8], "exclude");
    check_rows(env, starts, excluded, weights.rows, columns);
    options.exclude_indptr = starts.Data();
    options.exclude_indices = excluded.Data();
  }
  if (!info[9].IsUndefined()) {
    Napi::Uint8Array admit = uint8_array(info[9], "admit");
    expect_length(env, admit.ElementLength(), columns, "admit");
    options.admit = admit.Data();
  }
  const size_t stride = size_of(info[12], "stride");
  if (stride > columns) refuse(env, "stride is larger than columns");
  if (stride != 0 && weights.rows > SIZE_MAX / stride) refuse(env, "stride is too large");
  Napi::Uint32Array counts = uint32_array(info[13], "counts"), positions = uint32_array(info[14], "positions");
  Napi::Float64Array scores = float64_array(info[15], "scores");
  expect_length(env, counts.ElementLength(), weights.rows, "counts");
  expect_length(env, positions.ElementLength(), weights.rows * stride, "positions");
  expect_length(env, scores.ElementLength(), weights.rows * stride, "scores");
  const TopRows answer = {stride, counts.Data(), positions.Data(), scores.Data()};
  Pool& pool = *env.GetInstanceData<AddonData>()->pool;
  guarded(env, [&] {
    dense_top_k(kernels_of(info), pool, threads_of(info[16]), weights, dense.Data(), columns, options, answer);
  });
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
