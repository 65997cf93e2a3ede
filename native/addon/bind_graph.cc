// A graph under way, as JavaScript holds it.
#include "addon/bind_search.h"
#include "search/graph.h"

namespace kindred {

namespace {

// Runs one block on the thread pool.
class GraphWorker : public Napi::AsyncWorker {
 public:
  GraphWorker(Napi::Env env, std::shared_ptr<Graph> graph, size_t number)
      : AsyncWorker(env, "kindred.graph"),
        deferred_(Napi::Promise::Deferred::New(env)),
        graph_(std::move(graph)),
        number_(number),
        cancel_(std::make_shared<std::atomic<bool>>(false)) {}

  Napi::Promise promise() const { return deferred_.Promise(); }
  std::shared_ptr<std::atomic<bool>> cancel() const { return cancel_; }

 protected:
  void Execute() override {
    graph_->run(number_, cancel_.get());
    graph_.reset();
  }
  void OnOK() override { deferred_.Resolve(Env().Undefined()); }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  Napi::Promise::Deferred deferred_;
  std::shared_ptr<Graph> graph_;
  size_t number_;
  std::shared_ptr<std::atomic<bool>> cancel_;
};

// What the functions of one object share; empty once it was freed.
struct Held {
  std::shared_ptr<Graph> graph;

  Graph& open(Napi::Env env) const {
    if (!graph) refuse(env, "the graph was freed");
    return *graph;
  }
  size_t block_of(const Napi::Value& value) const {
    const size_t number = size_of(value, "block");
    if (number >= open(value.Env()).blocks()) refuse(value.Env(), "there is no block " + std::to_string(number));
    return number;
  }
};

}  // namespace

Napi::Value graph_object(Napi::Env env, std::shared_ptr<Graph> graph) {
  Napi::Object object = Napi::Object::New(env);
  const auto held = std::make_shared<Held>(Held{std::move(graph)});
  const auto add = [&](const char* name, auto function) { object[name] = Napi::Function::New(env, function, name); };
  object["blocks"] = static_cast<double>(held->graph->blocks());
  // rows(block)
  add("rows", [held](const Napi::CallbackInfo& info) -> Napi::Value {
    const size_t number = held->block_of(info[0]);
    const std::vector<uint32_t> rows = held->graph->rows(number);
    Napi::Uint32Array array = Napi::Uint32Array::New(info.Env(), rows.size());
    std::copy(rows.begin(), rows.end(), array.Data());
    return array;
  });
  // run(block)
  add("run", [held](const Napi::CallbackInfo& info) {
    const size_t number = held->block_of(info[0]);
    guarded(info.Env(), [&] { held->graph->run(number, nullptr); });
  });
  // runAsync(block): { done: Promise<undefined>, cancel(): void }
  add("runAsync", [held](const Napi::CallbackInfo& info) -> Napi::Value {
    const size_t number = held->block_of(info[0]);
    return guarded(info.Env(), [&] {
      auto* worker = new GraphWorker(info.Env(), held->graph, number);
      return start_worker(info.Env(), worker);
    });
  });
  // take(block, counts, positions, scores)
  add("take", [held](const Napi::CallbackInfo& info) {
    const size_t number = held->block_of(info[0]);
    AnswerArrays arrays(info, 1, held->graph->rows(number).size(), held->graph->stride());
    if (!held->graph->take(number, {held->graph->stride(), arrays.counts.Data(), arrays.positions.Data(), arrays.scores.Data()})) {
      refuse(info.Env(), "block " + std::to_string(number) + " is not the last that was run");
    }
  });
  // counted(): contract.ts `SearchCounts`
  add("counted", [held](const Napi::CallbackInfo& info) {
    return counts_object(info.Env(), held->open(info.Env()).counted());
  });
  add("free", [held](const Napi::CallbackInfo&) { held->graph.reset(); });
  return object;
}

}  // namespace kindred
