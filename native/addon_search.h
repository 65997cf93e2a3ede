// A search as JavaScript asks for it: its arrays, and the work off the JavaScript thread.
#pragma once
#include <mutex>

#include "addon.h"
#include "corpus.h"
#include "search.h"

namespace kindred {

// Arrays that JavaScript made for an answer, checked against its shape.
struct AnswerArrays {
  AnswerArrays(const Napi::CallbackInfo& info, size_t first, size_t queries, size_t stride)
      : counts(uint32_array(info[first], "counts")),
        positions(uint32_array(info[first + 1], "positions")),
        scores(float64_array(info[first + 2], "scores")) {
    expect_length(info.Env(), counts.ElementLength(), queries, "counts");
    expect_length(info.Env(), positions.ElementLength(), queries * stride, "positions");
    expect_length(info.Env(), scores.ElementLength(), queries * stride, "scores");
  }

  Napi::Uint32Array counts, positions;
  Napi::Float64Array scores;
};

// The class that stores a dtype: float16 and bfloat16 as their bits.
inline napi_typedarray_type class_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::kFloat64:
      return napi_float64_array;
    case Dtype::kFloat16:
    case Dtype::kBFloat16:
      return napi_uint16_array;
    case Dtype::kInt8:
      return napi_int8_array;
    default:
      return napi_float32_array;
  }
}

// Whole rows of a dtype in an array of JavaScript's.
struct GivenRows {
  GivenRows(const Napi::Value& value, Dtype dtype, size_t dim, const char* what) {
    const Napi::Env env = value.Env();
    napi_typedarray_type type;
    void* bytes = nullptr;
    if (!value.IsTypedArray() ||
        napi_get_typedarray_info(env, value, &type, &length, &bytes, nullptr, nullptr) != napi_ok ||
        type != class_of(dtype)) {
      refuse(env, std::string(what) + " is of the wrong type");
    }
    data = static_cast<const uint8_t*>(bytes);
    count = length / dim;
    expect_length(env, length, count * dim, what);
  }

  const uint8_t* data;
  size_t length, count;
};

// The counts of the last search that finished, on whichever thread.
class LastSearch {
 public:
  void set(const SearchCounts& counts) {
    const std::lock_guard<std::mutex> lock(mutex_);
    counts_ = counts;
    any_ = true;
  }
  bool get(SearchCounts& counts) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    counts = counts_;
    return any_;
  }

 private:
  mutable std::mutex mutex_;
  SearchCounts counts_;
  bool any_ = false;
};

// Queues a worker: { done: Promise<undefined>, cancel(): void }.
template <class Worker>
Napi::Value start_worker(Napi::Env env, Worker* worker) {
  Napi::Object handle = Napi::Object::New(env);
  handle["done"] = worker->promise();
  handle["cancel"] = Napi::Function::New(
      env, [flag = worker->cancel()](const Napi::CallbackInfo&) { flag->store(true); }, "cancel");
  worker->Queue();
  return handle;
}

class Graph;
// What openGraph of a corpus gives: addon.ts, `AddonGraph`.
Napi::Value graph_object(Napi::Env env, std::shared_ptr<Graph> graph, std::shared_ptr<LastSearch> last);

// Searches a snapshot on the thread pool. Its inputs are copies, so JavaScript may go on with its own arrays.
class SearchWorker : public Napi::AsyncWorker {
 public:
  SearchWorker(Napi::Env env, Snapshot snapshot, const GivenRows& queries, size_t k, double min_score,
               const uint8_t* admit, const AnswerArrays& arrays, std::shared_ptr<LastSearch> last)
      : AsyncWorker(env, "kindred.search"),
        deferred_(Napi::Promise::Deferred::New(env)),
        snapshot_(std::move(snapshot)),
        queries_(queries.data, queries.data + queries.length * element_bytes(query_dtype(snapshot_.dtype))),
        query_count_(queries.count),
        k_(k),
        min_score_(min_score),
        stride_(std::min(k, snapshot_.size)),
        counts_(query_count_),
        positions_(query_count_ * stride_),
        scores_(query_count_ * stride_),
        arrays_(Napi::Persistent(Napi::Object::New(env))),
        cancel_(std::make_shared<std::atomic<bool>>(false)),
        last_(std::move(last)) {
    if (admit != nullptr) admit_.assign(admit, admit + snapshot_.size);
    arrays_.Set("counts", arrays.counts);
    arrays_.Set("positions", arrays.positions);
    arrays_.Set("scores", arrays.scores);
  }

  Napi::Promise promise() const { return deferred_.Promise(); }
  std::shared_ptr<std::atomic<bool>> cancel() const { return cancel_; }

 protected:
  void Execute() override {
    const SearchOptions options = {k_, min_score_, admit_.empty() ? nullptr : admit_.data(), cancel_.get()};
    SearchCounts counts;
    if (search(snapshot_, queries_.data(), query_count_, options,
               {stride_, counts_.data(), positions_.data(), scores_.data()}, &counts)) {
      last_->set(counts);
    }
    snapshot_.chunks.clear();
    snapshot_.encoded.clear();
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
  Snapshot snapshot_;
  std::vector<uint8_t> queries_;
  size_t query_count_, k_;
  double min_score_;
  size_t stride_;
  std::vector<uint8_t> admit_;
  std::vector<uint32_t> counts_, positions_;
  std::vector<double> scores_;
  Napi::ObjectReference arrays_;
  std::shared_ptr<std::atomic<bool>> cancel_;
  std::shared_ptr<LastSearch> last_;
};

}  // namespace kindred
