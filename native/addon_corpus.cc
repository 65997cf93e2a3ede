// The JavaScript class over Corpus, and the search that runs off the JavaScript thread.
#include <cmath>

#include "addon.h"
#include "corpus.h"
#include "search.h"

namespace kindred {

namespace {

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

// Searches a snapshot on the thread pool. Its inputs are copies, so JavaScript may go on with its own arrays.
class SearchWorker : public Napi::AsyncWorker {
 public:
  SearchWorker(Napi::Env env, Snapshot snapshot, const Napi::Float32Array& queries, size_t query_count, size_t k,
               double min_score, const uint8_t* admit, const AnswerArrays& arrays)
      : AsyncWorker(env, "kindred.search"),
        deferred_(Napi::Promise::Deferred::New(env)),
        snapshot_(std::move(snapshot)),
        queries_(queries.Data(), queries.Data() + queries.ElementLength()),
        query_count_(query_count),
        k_(k),
        min_score_(min_score),
        stride_(std::min(k, snapshot_.size)),
        counts_(query_count),
        positions_(query_count * stride_),
        scores_(query_count * stride_),
        arrays_(Napi::Persistent(Napi::Object::New(env))),
        cancel_(std::make_shared<std::atomic<bool>>(false)) {
    if (admit != nullptr) admit_.assign(admit, admit + snapshot_.size);
    arrays_.Set("counts", arrays.counts);
    arrays_.Set("positions", arrays.positions);
    arrays_.Set("scores", arrays.scores);
  }

  Napi::Promise promise() const { return deferred_.Promise(); }
  std::shared_ptr<std::atomic<bool>> cancel() const { return cancel_; }

 protected:
  void Execute() override {
    const SearchOptions options = {k_, min_score_, admit_.empty() ? nullptr : admit_.data()};
    search(snapshot_, queries_.data(), query_count_, options,
           {stride_, counts_.data(), positions_.data(), scores_.data()}, cancel_.get());
    snapshot_.chunks.clear();
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
  std::vector<float> queries_;
  size_t query_count_, k_;
  double min_score_;
  size_t stride_;
  std::vector<uint8_t> admit_;
  std::vector<uint32_t> counts_, positions_;
  std::vector<double> scores_;
  Napi::ObjectReference arrays_;
  std::shared_ptr<std::atomic<bool>> cancel_;
};

class CorpusObject : public Napi::ObjectWrap<CorpusObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Corpus",
                       {
                           InstanceMethod<&CorpusObject::append>("append"),
                           InstanceMethod<&CorpusObject::overwrite>("overwrite"),
                           InstanceMethod<&CorpusObject::read>("read"),
                           InstanceMethod<&CorpusObject::compact>("compact"),
                           InstanceMethod<&CorpusObject::search_now>("search"),
                           InstanceMethod<&CorpusObject::search_later>("searchAsync"),
                           InstanceMethod<&CorpusObject::free>("free"),
                           InstanceAccessor<&CorpusObject::size>("size"),
                           InstanceAccessor<&CorpusObject::bytes>("bytes"),
                       });
  }

  explicit CorpusObject(const Napi::CallbackInfo& info)
      : ObjectWrap(info), corpus_(table(info[0]), dimension(info[1]), metric_of(info[2])) {}

  ~CorpusObject() { tell_collector(0); }

 private:
  static const Kernels* table(const Napi::Value& value) {
    if (!value.IsExternal()) refuse(value.Env(), "a Corpus is made by openCorpus");
    return value.As<Napi::External<Kernels>>().Data();
  }

  static size_t dimension(const Napi::Value& value) {
    const size_t dim = size_of(value, "dim");
    if (dim == 0) refuse(value.Env(), "dim must be positive");
    return dim;
  }

  // Lets the garbage collector know how much memory a forgotten corpus would give back.
  void tell_collector(size_t bytes) {
    Napi::MemoryManagement::AdjustExternalMemory(Env(), static_cast<int64_t>(bytes) - static_cast<int64_t>(told_));
    told_ = bytes;
  }

  size_t slot_of(const Napi::Value& value) const {
    const size_t slot = size_of(value, "slot");
    if (slot >= corpus_.size()) refuse(value.Env(), "slot " + std::to_string(slot) + " is not in use");
    return slot;
  }

  Napi::Value size(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), static_cast<double>(corpus_.size()));
  }

  Napi::Value bytes(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), static_cast<double>(corpus_.bytes()));
  }

  Napi::Value append(const Napi::CallbackInfo& info) {
    const Napi::Float32Array rows = float32_array(info[0], "rows");
    const size_t count = rows.ElementLength() / corpus_.dim();
    expect_length(info.Env(), rows.ElementLength(), count * corpus_.dim(), "rows");
    if (corpus_.size() + count > UINT32_MAX) refuse(info.Env(), "a corpus holds at most 2^32 - 1 rows");
    const ptrdiff_t bad = guarded(info.Env(), [&] { return corpus_.append(rows.Data(), count); });
    tell_collector(corpus_.bytes());
    return Napi::Number::New(info.Env(), static_cast<double>(bad));
  }

  Napi::Value overwrite(const Napi::CallbackInfo& info) {
    const size_t slot = slot_of(info[0]);
    const Napi::Float32Array row = float32_array(info[1], "row");
    expect_length(info.Env(), row.ElementLength(), corpus_.dim(), "row");
    return Napi::Boolean::New(info.Env(), guarded(info.Env(), [&] { return corpus_.overwrite(slot, row.Data()); }));
  }

  Napi::Value read(const Napi::CallbackInfo& info) {
    const size_t slot = slot_of(info[0]);
    Napi::Float32Array row = Napi::Float32Array::New(info.Env(), corpus_.dim());
    std::copy_n(corpus_.row(slot), corpus_.dim(), row.Data());
    return row;
  }

  void compact(const Napi::CallbackInfo& info) {
    const Napi::Uint8Array keep = uint8_array(info[0], "keep");
    expect_length(info.Env(), keep.ElementLength(), corpus_.size(), "keep");
    guarded(info.Env(), [&] { corpus_.compact(keep.Data()); });
    tell_collector(corpus_.bytes());
  }

  void free(const Napi::CallbackInfo&) {
    corpus_.clear();
    tell_collector(0);
  }

  // What both kinds of search are asked: (queries, k, minScore, admit | undefined, counts, positions, scores).
  struct Request {
    Request(const Napi::CallbackInfo& info, const Corpus& corpus)
        : queries(float32_array(info[0], "queries")),
          query_count(queries.ElementLength() / corpus.dim()),
          k(size_of(info[1], "k")),
          min_score(info[2].As<Napi::Number>()),
          arrays(info, 4, query_count, std::min(k, corpus.size())) {
      expect_length(info.Env(), queries.ElementLength(), query_count * corpus.dim(), "queries");
      if (k == 0) refuse(info.Env(), "k must be positive");
      if (!info[3].IsUndefined()) {
        const Napi::Uint8Array mask = uint8_array(info[3], "admit");
        expect_length(info.Env(), mask.ElementLength(), corpus.size(), "admit");
        admit = mask.Data();
      }
    }

    Napi::Float32Array queries;
    size_t query_count, k;
    double min_score;
    const uint8_t* admit = nullptr;
    AnswerArrays arrays;
  };

  void search_now(const Napi::CallbackInfo& info) {
    Request request(info, corpus_);
    guarded(info.Env(), [&] {
      search(corpus_.snapshot(), request.queries.Data(), request.query_count,
             {request.k, request.min_score, request.admit},
             {std::min(request.k, corpus_.size()), request.arrays.counts.Data(), request.arrays.positions.Data(),
              request.arrays.scores.Data()});
    });
  }

  // Returns { done: Promise<undefined>, cancel(): void }.
  Napi::Value search_later(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    Request request(info, corpus_);
    return guarded(env, [&]() -> Napi::Value {
      auto* worker = new SearchWorker(env, corpus_.snapshot(), request.queries, request.query_count, request.k,
                                      request.min_score, request.admit, request.arrays);
      Napi::Object handle = Napi::Object::New(env);
      handle["done"] = worker->promise();
      handle["cancel"] = Napi::Function::New(
          env, [flag = worker->cancel()](const Napi::CallbackInfo&) { flag->store(true); }, "cancel");
      worker->Queue();
      return handle;
    });
  }

  Corpus corpus_;
  size_t told_ = 0;
};

}  // namespace

Napi::Function define_corpus_class(Napi::Env env) { return CorpusObject::define(env); }

}  // namespace kindred
