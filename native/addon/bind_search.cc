// Searches and graphs off the JavaScript thread, over rows as they were when it was asked for them.
#include "addon/bind_search.h"

#include <cstring>
#include <mutex>

#include "search/graph.h"

namespace kindred {

namespace {

Napi::Value graph_object(Napi::Env env, std::shared_ptr<Graph> graph);

// The counts of all searches of one object, told as one.
class Counting {
 public:
  void add(const SearchCounts& counts) {
    const std::lock_guard<std::mutex> lock(mutex_);
    sum_.add(counts);
  }
  SearchCounts sum() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return sum_;
  }

 private:
  mutable std::mutex mutex_;
  SearchCounts sum_;
};

// Searches on the thread pool. Its inputs are copies, so JavaScript may go on with its own arrays.
class SearchWorker : public Napi::AsyncWorker {
 public:
  SearchWorker(Napi::Env env, std::shared_ptr<const Snapshot> rows, const SearchRequest& request, std::shared_ptr<Counting> counting)
      : AsyncWorker(env, "kindred.search"),
        deferred_(Napi::Promise::Deferred::New(env)),
        rows_(std::move(rows)),
        queries_(request.queries.data, request.queries.data + request.queries.length * element_bytes(query_dtype(rows_->dtype))),
        query_count_(request.queries.count),
        k_(request.k),
        min_score_(request.min_score),
        stride_(std::min(k_, rows_->size)),
        counts_(query_count_),
        positions_(query_count_ * stride_),
        scores_(query_count_ * stride_),
        arrays_(Napi::Persistent(Napi::Object::New(env))),
        cancel_(std::make_shared<std::atomic<bool>>(false)),
        counting_(std::move(counting)) {
    if (request.admit != nullptr) admit_.assign(request.admit, request.admit + rows_->size);
    arrays_.Set("counts", request.arrays.counts);
    arrays_.Set("positions", request.arrays.positions);
    arrays_.Set("scores", request.arrays.scores);
  }

  Napi::Promise promise() const { return deferred_.Promise(); }
  std::shared_ptr<std::atomic<bool>> cancel() const { return cancel_; }

 protected:
  void Execute() override {
    const SearchOptions options = {k_, min_score_, admit_.empty() ? nullptr : admit_.data(), cancel_.get()};
    SearchCounts counts;
    if (search(*rows_, queries_.data(), query_count_, options,
               {stride_, counts_.data(), positions_.data(), scores_.data()}, &counts)) {
      counting_->add(counts);
    }
    rows_.reset();
  }

  void OnOK() override {
    const Napi::HandleScope scope(Env());
    // The arrays were out of our hands meanwhile: their buffers may have been transferred.
    if (!copy(counts_, arrays_.Get("counts").As<Napi::Uint32Array>()) ||
        !copy(positions_, arrays_.Get("positions").As<Napi::Uint32Array>()) ||
        !copy(scores_, arrays_.Get("scores").As<Napi::Float64Array>())) {
      deferred_.Reject(Napi::TypeError::New(Env(), "kindred native: an answer's array was taken away").Value());
      return;
    }
    deferred_.Resolve(Env().Undefined());
  }

  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  template <class T>
  static bool copy(const std::vector<T>& from, Napi::TypedArrayOf<T> to) {
    if (to.ElementLength() != from.size()) return false;
    std::copy(from.begin(), from.end(), to.Data());
    return true;
  }

  Napi::Promise::Deferred deferred_;
  std::shared_ptr<const Snapshot> rows_;
  std::vector<uint8_t> queries_;
  size_t query_count_, k_;
  double min_score_;
  size_t stride_;
  std::vector<uint8_t> admit_;
  std::vector<uint32_t> counts_, positions_;
  std::vector<double> scores_;
  Napi::ObjectReference arrays_;
  std::shared_ptr<std::atomic<bool>> cancel_;
  std::shared_ptr<Counting> counting_;
};

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
struct HeldGraph {
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

Napi::Object counts_object(Napi::Env env, const SearchCounts& counts) {
  Napi::Object found = Napi::Object::New(env);
  const auto set = [&](const char* name, uint64_t count) {
    if (count != SearchCounts::kNotUsed) found[name] = static_cast<double>(count);
  };
  set("queries", counts.queries);
  set("rows", counts.rows);
  set("coarse", counts.coarse);
  set("fine", counts.fine);
  set("scored", counts.scored);
  return found;
}

const char* name_of(EncodingMode mode) {
  switch (mode) {
    case EncodingMode::kRaw:
      return "raw";
    case EncodingMode::kCentred:
      return "centred";
    default:
      return "rotated";
  }
}

namespace {

// addon.ts, `AddonFrozenRows`. Its methods are made once, for all of them.
class FrozenRowsObject : public Napi::ObjectWrap<FrozenRowsObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "FrozenRows",
                       {
                           InstanceMethod<&FrozenRowsObject::search>("search"),
                           InstanceMethod<&FrozenRowsObject::open_graph>("openGraph"),
                           InstanceMethod<&FrozenRowsObject::read>("read"),
                           InstanceMethod<&FrozenRowsObject::counted>("counted"),
                           InstanceMethod<&FrozenRowsObject::encoding>("encoding"),
                           InstanceMethod<&FrozenRowsObject::read_encoding>("readEncoding"),
                           InstanceMethod<&FrozenRowsObject::free>("free"),
                       });
  }

  explicit FrozenRowsObject(const Napi::CallbackInfo& info) : ObjectWrap(info), counting_(std::make_shared<Counting>()) {
    if (!info[0].IsExternal()) refuse(info.Env(), "frozen rows are made by freeze");
    rows_ = std::make_shared<const Snapshot>(std::move(*info[0].As<Napi::External<Snapshot>>().Data()));
  }

 private:
  const std::shared_ptr<const Snapshot>& rows(Napi::Env env) const {
    if (!rows_) refuse(env, "these frozen rows were freed");
    return rows_;
  }

  // search(queries, k, minScore, admit | undefined, counts, positions, scores): { done: Promise<undefined>, cancel(): void }
  Napi::Value search(const Napi::CallbackInfo& info) {
    const SearchRequest request(info, *rows(info.Env()));
    return guarded(info.Env(), [&] { return start_worker(info.Env(), new SearchWorker(info.Env(), rows_, request, counting_)); });
  }

  Napi::Value open_graph(const Napi::CallbackInfo& info) { return graph_of(info, *rows(info.Env())); }

  Napi::Value read(const Napi::CallbackInfo& info) { 
    const Snapshot& frozen = *rows(info.Env());
    return rows_of(info, frozen, frozen.dtype, frozen.dim, frozen.size);
  }

  // counted(): contract `SearchCounts`
  Napi::Value counted(const Napi::CallbackInfo& info) { return counts_object(info.Env(), counting_->sum()); }

  // { mode, mean, rows } of the leading rows that are encoded, or undefined.
  Napi::Value encoding(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const Snapshot& frozen = *rows(env);
    size_t strips = 0;
    while (frozen.encoded_strip(strips).first != nullptr) strips++;
    if (strips == 0) return env.Undefined();
    Napi::Float64Array mean = Napi::Float64Array::New(env, frozen.dim);
    std::copy_n(frozen.transform->mean().data(), frozen.dim, mean.Data());
    Napi::Object found = Napi::Object::New(env);
    found["mode"] = name_of(frozen.transform->mode());
    found["mean"] = mean;
    found["rows"] = static_cast<double>(strips * kStrip);
    return found;
  }

  // readEncoding('strips' | 'offsets' | 'high' | 'low', first, count): what that array says of these strips.
  Napi::Value read_encoding(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const Snapshot& frozen = *rows(env);
    const std::string part = info[0].ToString();
    const size_t first = size_of(info[1], "first"), count = size_of(info[2], "count");
    // Copies `length` items a strip, which `of` finds.
    const auto copied = [&](auto array, size_t length, auto of) -> Napi::Value {
      for (size_t n = 0; n < count; n++) {
        const auto [chunk, index] = frozen.encoded_strip(first + n);
        if (chunk == nullptr) refuse(env, "strip " + std::to_string(first + n) + " is not encoded");
        std::memcpy(array.Data() + n * length, of(*chunk, index), length * array.ElementSize());
      }
      return array;
    };
    const size_t plane = kStrip * plane_bytes(frozen.dim), cells = sizeof(Strip) / sizeof(double);
    if (count > frozen.size / kStrip) refuse(env, "there are not so many strips");
    if (part == "strips") {
      return copied(Napi::Float64Array::New(env, count * cells), cells,
                    [](const EncodedChunk& chunk, size_t index) { return &chunk.strip(index); });
    }
    if (part == "offsets") {
      return copied(Napi::Float32Array::New(env, count * kStrip), kStrip,
                    [](const EncodedChunk& chunk, size_t index) { return chunk.offsets(index); });
    }
    if (part != "high" && part != "low") refuse(env, "an encoding has no part " + part);
    return copied(Napi::Uint8Array::New(env, count * plane), plane, [&](const EncodedChunk& chunk, size_t index) {
      return part == "high" ? chunk.high(index) : chunk.low(index);
    });
  }

  void free(const Napi::CallbackInfo&) { rows_.reset(); }

  std::shared_ptr<const Snapshot> rows_;  // null once they were freed
  std::shared_ptr<Counting> counting_;
};

}  // namespace

Napi::Function define_frozen_rows_class(Napi::Env env) { return FrozenRowsObject::define(env); }

Napi::Value frozen_rows(Napi::Env env, Snapshot rows) {
  return env.GetInstanceData<AddonData>()->frozen_rows_class.New({Napi::External<Snapshot>::New(env, &rows)});
}

Napi::Value graph_of(const Napi::CallbackInfo& info, Snapshot rows) {
  const size_t k = size_of(info[0], "k");
  const double min_score = info[1].As<Napi::Number>();
  const uint8_t* admit = SearchRequest::mask_of(info[2], rows.size);
  if (k == 0) refuse(info.Env(), "k must be positive");
  return guarded(info.Env(), [&]() -> Napi::Value {
    std::shared_ptr<Graph> graph = Graph::open(std::move(rows), k, min_score, admit);
    return graph ? graph_object(info.Env(), std::move(graph)) : info.Env().Undefined();
  });
}

namespace {

Napi::Value graph_object(Napi::Env env, std::shared_ptr<Graph> graph) {
  Napi::Object object = Napi::Object::New(env);
  const auto held = std::make_shared<HeldGraph>(HeldGraph{std::move(graph)});
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

}  // namespace

}  // namespace kindred
