// JavaScript functions over sparse rows. A damaged matrix would be a wild read or write, so every index is looked at: that costs
// little beside a product.
#include <algorithm>

#include "addon/arguments.h"
#include "sparse/rows.h"

namespace kindred {

namespace {

// Rows and columns are named by u32.
size_t extent_of(const Napi::Value& value, const char* what) {
  const size_t extent = size_of(value, what);
  if (extent > UINT32_MAX) refuse(value.Env(), std::string(what) + " is more than 32 bits can number");
  return extent;
}

// Returns the number of entries.
size_t check_rows(Napi::Env env, const Napi::Uint32Array& indptr, const Napi::Uint32Array& indices, size_t rows,
                  size_t columns) {
  expect_length(env, indptr.ElementLength(), rows + 1, "indptr");
  const uint32_t* starts = indptr.Data();
  const uint32_t* at = indices.Data();
  if (starts[0] != 0 || starts[rows] > indices.ElementLength()) refuse(env, "indptr does not fit its entries");
  for (size_t row = 0; row < rows; row++) {
    if (starts[row] > starts[row + 1]) refuse(env, "indptr must ascend");
  }
  for (size_t row = 0; row < rows; row++) {
    for (size_t p = starts[row]; p < starts[row + 1]; p++) {
      if (at[p] >= columns || (p != starts[row] && at[p - 1] >= at[p])) refuse(env, "indices must ascend below columns");
    }
  }
  return starts[rows];
}

Similarity similarity_of(const Napi::Value& value) {
  const std::string name = value.As<Napi::String>();
  if (name == "cosine") return Similarity::kCosine;
  if (name == "jaccard") return Similarity::kJaccard;
  if (name == "dice") return Similarity::kDice;
  if (name == "pearson") return Similarity::kPearson;
  refuse(value.Env(), "unknown similarity " + name);
}

// Sums may be shared out only among threads that the pool has a use for.
size_t threads_of(const Napi::Value& value) {
  const size_t threads = size_of(value, "threads");
  return std::min<size_t>(threads != 0 ? threads : Pool::shared()->cores(), 1024);
}

TopRows top_rows(Napi::Env env, const Napi::Value& counts, const Napi::Value& positions, const Napi::Value& scores, size_t rows,
                 size_t stride) {
  Napi::Uint32Array count = uint32_array(counts, "counts"), position = uint32_array(positions, "positions");
  Napi::Float64Array score = float64_array(scores, "scores");
  expect_length(env, count.ElementLength(), rows, "counts");
  if (stride != 0 && rows > SIZE_MAX / stride) refuse(env, "stride is too large");
  expect_length(env, position.ElementLength(), rows * stride, "positions");
  expect_length(env, score.ElementLength(), rows * stride, "scores");
  return {stride, count.Data(), position.Data(), score.Data()};
}

// A task as JavaScript holds it; empty once it was freed.
struct HeldTask {
  std::unique_ptr<NeighborTask> task;
  size_t stride;
};
using Held = Napi::External<HeldTask>;

NeighborTask& task_of(const Napi::Value& value) {
  if (!value.IsExternal()) refuse(value.Env(), "this is no task");
  HeldTask* held = value.As<Held>().Data();
  if (!held->task) refuse(value.Env(), "the task was freed");
  return *held->task;
}

// openNeighbors(rows, columns, indptr, indices, values, similarity, shrinkage, corated, minSupport, stride, only | undefined)
Napi::Value open_neighbors_callback(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const size_t rows = extent_of(info[0], "rows"), columns = extent_of(info[1], "columns");
  Napi::Uint32Array indptr = uint32_array(info[2], "indptr"), indices = uint32_array(info[3], "indices");
  Napi::Float32Array values = float32_array(info[4], "values");
  if (check_rows(env, indptr, indices, rows, columns) > values.ElementLength()) refuse(env, "values end before indices");
  const SparseRows matrix = {rows, columns, indptr.Data(), indices.Data(), values.Data()};

  const NeighborOptions options = {similarity_of(info[5]), info[6].As<Napi::Number>().DoubleValue(),
                                   info[7].As<Napi::Boolean>().Value(), static_cast<uint32_t>(extent_of(info[8], "minSupport")),
                                   size_of(info[9], "stride")};
  if (options.stride > rows) refuse(env, "stride is larger than rows");
  const uint32_t* only = nullptr;
  size_t only_count = 0;
  const uint32_t nothing = 0;
  if (!info[10].IsUndefined()) {
    Napi::Uint32Array list = uint32_array(info[10], "only");
    only_count = list.ElementLength();
    only = only_count == 0 ? &nothing : list.Data();
    if (only_count != 0 && *std::max_element(only, only + only_count) >= rows) refuse(env, "only names rows past the last");
  }
  auto task = guarded(env, [&] { return open_neighbors(matrix, options, only, only_count); });
  auto held = std::make_unique<HeldTask>(HeldTask{std::move(task), options.stride});
  Held external = Held::New(env, held.get(), [](Napi::Env, HeldTask* data) { delete data; });
  held.release();
  return external;
}

// advanceNeighbors(task, products, threads): the work done so far
Napi::Value advance_neighbors(const Napi::CallbackInfo& info) {
  NeighborTask& task = task_of(info[0]);
  const double products = info[1].As<Napi::Number>();
  const size_t threads = threads_of(info[2]);
  guarded(info.Env(), [&] { task.advance(*info.Env().GetInstanceData<AddonData>()->pool, threads, products); });
  return Napi::Number::New(info.Env(), task.done());
}

// neighborsTotal(task): all work there is
Napi::Value neighbors_total(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), task_of(info[0]).total());
}

// takeNeighbors(task, counts, positions, scores): writes the answer
void take_neighbors(const Napi::CallbackInfo& info) {
  NeighborTask& task = task_of(info[0]);
  const size_t stride = info[0].As<Held>().Data()->stride;
  task.write(top_rows(info.Env(), info[1], info[2], info[3], task.count(), stride));
}

// freeNeighbors(task)
void free_neighbors(const Napi::CallbackInfo& info) {
  if (!info[0].IsExternal()) refuse(info.Env(), "this is no task");
  info[0].As<Held>().Data()->task.reset();
}

template <class T, class Array>
void top_k_of(const Napi::CallbackInfo& info, size_t rows, const Napi::Uint32Array& indptr, const Napi::Uint32Array& indices,
              const Array& weights, const SparseLists& lists, const SparseTopKOptions& options, const TopRows& answer) {
  if (indptr.Data()[rows] > weights.ElementLength()) refuse(info.Env(), "weights end before indices");
  Pool& pool = *info.Env().GetInstanceData<AddonData>()->pool;
  guarded(info.Env(), [&] {
    sparse_top_k<T>(pool, threads_of(info[18]), rows, indptr.Data(), indices.Data(), weights.Data(), lists, options, answer);
  });
}

// sparseTopK(rows, inner, columns, indptr, indices, weights, listIndptr, listIndices, listValues, excludeIndptr | undefined,
//            excludeIndices, admit | undefined, above, minScore, stride, counts, positions, scores, threads)
void sparse_top_k_callback(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const size_t rows = extent_of(info[0], "rows"), inner = extent_of(info[1], "inner"), columns = extent_of(info[2], "columns");
  Napi::Uint32Array indptr = uint32_array(info[3], "indptr"), indices = uint32_array(info[4], "indices");
  check_rows(env, indptr, indices, rows, inner);
  Napi::Uint32Array list_indptr = uint32_array(info[6], "lists"), list_indices = uint32_array(info[7], "lists");
  Napi::Float64Array list_values = float64_array(info[8], "lists");
  if (check_rows(env, list_indptr, list_indices, inner, columns) > list_values.ElementLength()) refuse(env, "lists end early");
  const SparseLists lists = {inner, columns, list_indptr.Data(), list_indices.Data(), list_values.Data()};

  SparseTopKOptions options = {nullptr, nullptr, nullptr, info[12].As<Napi::Number>(), info[13].As<Napi::Number>()};
  if (!info[9].IsUndefined()) {
    Napi::Uint32Array starts = uint32_array(info[9], "exclude"), excluded = uint32_array(info[10], "exclude");
    check_rows(env, starts, excluded, rows, columns);
    options.exclude_indptr = starts.Data();
    options.exclude_indices = excluded.Data();
  }
  if (!info[11].IsUndefined()) {
    Napi::Uint8Array admit = uint8_array(info[11], "admit");
    expect_length(env, admit.ElementLength(), columns, "admit");
    options.admit = admit.Data();
  }
  const size_t stride = size_of(info[14], "stride");
  if (stride > columns) refuse(env, "stride is larger than columns");
  const TopRows answer = top_rows(env, info[15], info[16], info[17], rows, stride);
  if (info[5].IsTypedArray() && info[5].As<Napi::TypedArray>().TypedArrayType() == napi_float64_array) {
    top_k_of<double>(info, rows, indptr, indices, float64_array(info[5], "weights"), lists, options, answer);
  } else {
    top_k_of<float>(info, rows, indptr, indices, float32_array(info[5], "weights"), lists, options, answer);
  }
}

}  // namespace

void add_sparse(Napi::Env env, Napi::Object target) {
  target["openNeighbors"] = Napi::Function::New<open_neighbors_callback>(env, "openNeighbors");
  target["advanceNeighbors"] = Napi::Function::New<advance_neighbors>(env, "advanceNeighbors");
  target["neighborsTotal"] = Napi::Function::New<neighbors_total>(env, "neighborsTotal");
  target["takeNeighbors"] = Napi::Function::New<take_neighbors>(env, "takeNeighbors");
  target["freeNeighbors"] = Napi::Function::New<free_neighbors>(env, "freeNeighbors");
  target["sparseTopK"] = Napi::Function::New<sparse_top_k_callback>(env, "sparseTopK");
}

}  // namespace kindred
