// JavaScript functions over sparse rows.
#include "addon/sparse_records.h"

namespace kindred {

namespace {

Similarity similarity_of(const Napi::Value& value) {
  const std::string name = value.As<Napi::String>();
  if (name == "cosine") return Similarity::kCosine;
  if (name == "jaccard") return Similarity::kJaccard;
  if (name == "dice") return Similarity::kDice;
  if (name == "pearson") return Similarity::kPearson;
  refuse(value.Env(), "unknown similarity " + name);
}

// A task as JavaScript holds it; empty once it was freed.
struct HeldTask {
  std::unique_ptr<NeighborTask> task;
  size_t stride;
};
using TaskHandle = Napi::External<HeldTask>;

NeighborTask& task_of(const Napi::Value& value) {
  if (!value.IsExternal()) refuse(value.Env(), "this is no task");
  HeldTask* held = value.As<TaskHandle>().Data();
  if (!held->task) refuse(value.Env(), "the task was freed");
  return *held->task;
}

// openNeighbors(matrix, { similarity, shrinkage, corated, minSupport, stride, only? })
Napi::Value open_neighbors_callback(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const SparseRows matrix = sparse_rows_of<float>(info[0], "matrix");
  const Record asked(info[1], "options");
  const NeighborOptions options = {similarity_of(asked.get("similarity")), asked.number("shrinkage"), asked.flag("corated"),
                                   static_cast<uint32_t>(asked.extent("minSupport")), asked.size("stride")};
  if (options.stride > matrix.rows) refuse(env, "stride is larger than rows");
  const uint32_t* only = nullptr;
  size_t only_count = 0;
  const uint32_t nothing = 0;
  if (asked.has("only")) {
    Napi::Uint32Array list = asked.uint32("only");
    only_count = list.ElementLength();
    only = only_count == 0 ? &nothing : list.Data();
    if (only_count != 0 && *std::max_element(only, only + only_count) >= matrix.rows) {
      refuse(env, "only names rows past the last");
    }
  }
  auto task = guarded(env, [&] { return open_neighbors(matrix, options, only, only_count); });
  auto held = std::make_unique<HeldTask>(HeldTask{std::move(task), options.stride});
  TaskHandle external = TaskHandle::New(env, held.get(), [](Napi::Env, HeldTask* data) { delete data; });
  held.release();
  return external;
}

// advanceNeighbors(task, products, threads): the work done so far
Napi::Value advance_neighbors(const Napi::CallbackInfo& info) {
  NeighborTask& task = task_of(info[0]);
  const double products = info[1].As<Napi::Number>();
  const size_t threads = threads_of(info[2]);
  guarded(info.Env(), [&] { task.advance(pool_of(info.Env()), threads, products); });
  return Napi::Number::New(info.Env(), task.done());
}

// neighborsTotal(task): all work there is
Napi::Value neighbors_total(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), task_of(info[0]).total());
}

// writeNeighbors(task, answer, first, last): what visits number first .. last found
void write_neighbors(const Napi::CallbackInfo& info) {
  NeighborTask& task = task_of(info[0]);
  const size_t stride = info[0].As<TaskHandle>().Data()->stride;
  const TopRows answer = top_rows_of(info[1], task.count(), stride);
  expect_length(info.Env(), answer.stride, stride, "a row of the answer");
  const double first = info[2].As<Napi::Number>(), last = info[3].As<Napi::Number>();
  if (!(first >= 0 && first <= last && last <= static_cast<double>(task.count()))) refuse(info.Env(), "there are no such visits");
  task.write(answer, static_cast<size_t>(first), static_cast<size_t>(last));
}

// freeNeighbors(task)
void free_neighbors(const Napi::CallbackInfo& info) {
  if (!info[0].IsExternal()) refuse(info.Env(), "this is no task");
  info[0].As<TaskHandle>().Data()->task.reset();
}

template <class T>
void sparse_top_k_of(const Napi::CallbackInfo& info) {
  const SparseRowsOf<T> weights = sparse_rows_of<T>(info[0], "weights");
  const SparseRowsOf<double> lists = sparse_rows_of<double>(info[1], "lists");
  expect_length(info.Env(), lists.rows, weights.columns, "lists");
  const Record asked(info[2], "options");
  const SparseTopKOptions options = sparse_options_of(asked, weights.rows, lists.columns);
  const TopRows answer = top_rows_of(info[3], weights.rows, lists.columns);
  const size_t threads = threads_of(asked.get("threads"));
  guarded(info.Env(), [&] { sparse_top_k(pool_of(info.Env()), threads, weights, lists, options, answer); });
}

// sparseTopK(weights, lists, { exclude?, admit?, above, minScore, threads }, answer)
void sparse_top_k_callback(const Napi::CallbackInfo& info) {
  if (is_float64(Record(info[0], "weights").get("values"))) return sparse_top_k_of<double>(info);
  sparse_top_k_of<float>(info);
}

}  // namespace

void add_sparse(Napi::Env env, Napi::Object target) {
  target["openNeighbors"] = Napi::Function::New<open_neighbors_callback>(env, "openNeighbors");
  target["advanceNeighbors"] = Napi::Function::New<advance_neighbors>(env, "advanceNeighbors");
  target["neighborsTotal"] = Napi::Function::New<neighbors_total>(env, "neighborsTotal");
  target["writeNeighbors"] = Napi::Function::New<write_neighbors>(env, "writeNeighbors");
  target["freeNeighbors"] = Napi::Function::New<free_neighbors>(env, "freeNeighbors");
  target["sparseTopK"] = Napi::Function::New<sparse_top_k_callback>(env, "sparseTopK");
}

}  // namespace kindred
