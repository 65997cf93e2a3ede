// The JavaScript class over Corpus.
#include <optional>

#include "addon/bind_search.h"
#include "addon/record.h"

namespace kindred {

namespace {

EncodingMode mode_of(const Napi::Value& value) {
  const std::string name = value.As<Napi::String>();
  for (const EncodingMode mode : {EncodingMode::kRaw, EncodingMode::kCentred, EncodingMode::kRotated}) {
    if (name == name_of(mode)) return mode;
  }
  refuse(value.Env(), "unknown encoding mode " + name);
}

constexpr std::pair<const char*, Way> kWays[] = {{"scan", Way::kScan},
                                                {"tiles", Way::kTiles},
                                                {"floats", Way::kFloats},
                                                {"planes", Way::kPlanes},
                                                {"half-codes", Way::kHalfCodes},
                                                {"codes", Way::kCodes}};

// Sums of squares of mapped rows: at a place in the file, or given; neither where the metric has none.
struct Squares {
  explicit Squares(const Record& mapped) {
    if (!mapped.has("squares")) return;
    if (mapped.get("squares").IsNumber()) {
      at = mapped.size("squares");
    } else {
      array = mapped.float64("squares");
      given = array.Data();
      count = array.ElementLength();
    }
  }

  size_t at = 0, count = 0;
  const double* given = nullptr;
  Napi::Float64Array array;
};

class CorpusObject : public Napi::ObjectWrap<CorpusObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Corpus",
                       {
                           InstanceMethod<&CorpusObject::append>("append"),
                           InstanceMethod<&CorpusObject::map>("map"),
                           InstanceMethod<&CorpusObject::overwrite>("overwrite"),
                           InstanceMethod<&CorpusObject::read>("read"),
                           InstanceMethod<&CorpusObject::compact>("compact"),
                           InstanceMethod<&CorpusObject::search_now>("search"),
                           InstanceMethod<&CorpusObject::freeze>("freeze"),
                           InstanceMethod<&CorpusObject::open_graph>("openGraph"),
                           InstanceMethod<&CorpusObject::encode>("encode"),
                           InstanceMethod<&CorpusObject::adopt>("adopt"),
                           InstanceMethod<&CorpusObject::free>("free"),
                           InstanceAccessor<&CorpusObject::encoded>("encoded"),
                           InstanceAccessor<&CorpusObject::last_search>("lastSearch"),
                           InstanceAccessor<&CorpusObject::mapped>("mapped"),
                           InstanceAccessor<&CorpusObject::threads>("threads"),
                           InstanceAccessor<&CorpusObject::ways>("ways"),
                           InstanceAccessor<&CorpusObject::way, &CorpusObject::go>("way"),
                           InstanceAccessor<&CorpusObject::size>("size"),
                           InstanceAccessor<&CorpusObject::bytes>("bytes"),
                       });
  }

  explicit CorpusObject(const Napi::CallbackInfo& info)
      : ObjectWrap(info),
        threads_(size_of(info[4], "threads")),
        corpus_(level_of(info[0]), dimension(info[1]), metric_of(info[2]), dtype_of(info[3]), threads_) {}

  ~CorpusObject() { tell_collector(0); }

 private:
  static const Level* level_of(const Napi::Value& value) {
    if (!value.IsExternal()) refuse(value.Env(), "a Corpus is made by openCorpus");
    return value.As<Napi::External<Level>>().Data();
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
    const GivenRows rows(info[0], corpus_.dtype(), corpus_.dim(), "rows");
    if (corpus_.size() + rows.count > UINT32_MAX) refuse(info.Env(), "a corpus holds at most 2^32 - 1 rows");
    const ptrdiff_t bad = guarded(info.Env(), [&] { return corpus_.append(rows.data, rows.count); });
    tell_collector(corpus_.bytes());
    return Napi::Number::New(info.Env(), static_cast<double>(bad));
  }

  // map(path, { fileBytes, rows, rowsAt, squares? }): contract.ts `MappedRows`
  void map(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const std::string path = info[0].ToString();
    const Record mapped(info[1], "mapped");
    const size_t bytes = mapped.size("fileBytes"), rows = mapped.size("rows");
    const size_t rows_at = mapped.size("rowsAt");
    const Squares squares(mapped);
    const auto fits = [bytes](size_t at, size_t count, size_t each) {
      return at % 64 == 0 && at <= bytes && count <= (bytes - at) / each;
    };
    if (corpus_.size() != 0 || rows > UINT32_MAX || !fits(rows_at, rows, corpus_.row_bytes()) ||
        (reads_squares(corpus_.metric()) && (squares.given != nullptr ? squares.count != rows
                                                                      : squares.at == 0 || !fits(squares.at, rows, sizeof(double))))) {
      refuse(env, "these rows do not fit the file");
    }
    try {
      guarded(env, [&] { corpus_.map(path, bytes, rows, rows_at, squares.at, squares.given); });
    } catch (const std::runtime_error& error) {
      throw Napi::Error::New(env, error.what());
    }
  }

  Napi::Value mapped(const Napi::CallbackInfo& info) { return Napi::Boolean::New(info.Env(), corpus_.is_mapped()); }

  Napi::Value threads(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), static_cast<double>(threads_ != 0 ? threads_ : Pool::shared()->cores()));
  }

  // The way that searches were told to go, or undefined.
  Napi::Value ways(const Napi::CallbackInfo& info) {
    Napi::Array names = Napi::Array::New(info.Env());
    for (const auto& [name, way] : kWays) {
      if (has_kernels(way, corpus_.filter(), corpus_.dtype())) names[names.Length()] = name;
    }
    return names;
  }

  Napi::Value way(const Napi::CallbackInfo& info) {
    for (const auto& [name, way] : kWays) {
      if (way == corpus_.way()) return Napi::String::New(info.Env(), name);
    }
    return info.Env().Undefined();
  }

  void go(const Napi::CallbackInfo& info, const Napi::Value& value) {
    if (value.IsUndefined()) return corpus_.go(Way::kByCosts);
    const std::string wanted = value.ToString();
    for (const auto& [name, way] : kWays) {
      if (wanted == name) return corpus_.go(way);
    }
    refuse(info.Env(), "there is no way " + wanted + " to search");
  }

  Napi::Value overwrite(const Napi::CallbackInfo& info) {
    const size_t slot = slot_of(info[0]);
    const GivenRows row(info[1], corpus_.dtype(), corpus_.dim(), "row");
    expect_length(info.Env(), row.length, corpus_.dim(), "row");
    return Napi::Boolean::New(info.Env(), guarded(info.Env(), [&] { return corpus_.overwrite(slot, row.data); }));
  }

  // read(slot, count)
  Napi::Value read(const Napi::CallbackInfo& info) {
    return rows_of(info, corpus_, corpus_.dtype(), corpus_.dim(), corpus_.size());
  }

  void compact(const Napi::CallbackInfo& info) {
    const Napi::Uint8Array keep = uint8_array(info[0], "keep");
    expect_length(info.Env(), keep.ElementLength(), corpus_.size(), "keep");
    guarded(info.Env(), [&] { corpus_.compact(keep.Data()); });
    tell_collector(corpus_.bytes());
  }

  // encode(rows): rows that still wait.
  Napi::Value encode(const Napi::CallbackInfo& info) {
    const size_t rows = size_of(info[0], "rows");
    const size_t threads = threads_ != 0 ? threads_ : Pool::shared()->cores();
    const size_t waiting = guarded(info.Env(), [&] { return corpus_.encoded().encode(corpus_, rows, threads); });
    tell_collector(corpus_.bytes());
    return Napi::Number::New(info.Env(), static_cast<double>(waiting));
  }

  // { mode, rows } or undefined.
  Napi::Value encoded(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!corpus_.encoded().transform()) return env.Undefined();
    Napi::Object found = Napi::Object::New(env);
    found["mode"] = name_of(corpus_.encoded().transform()->mode());
    found["rows"] = static_cast<double>(corpus_.encoded().rows());
    return found;
  }

  // adopt({ mode, mean, rows, strips, offsets, high, low }, first, last): takes these strips, all of them one part after the other.
  // The first row of a strip that it is not true of, or -1. Not taken where rows are too long to be encoded here.
  Napi::Value adopt(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const Record given(info[0], "encoding");
    const EncodingMode mode = mode_of(given.get("mode"));
    const size_t rows = given.size("rows");
    const Napi::Float64Array mean = given.float64("mean"), strips = given.float64("strips");
    const Napi::Float32Array offsets = given.float32("offsets");
    const Napi::Uint8Array high = given.uint8("high"), low = given.uint8("low");
    if (rows % kStrip != 0 || rows > corpus_.size()) {
      refuse(env, "an encoding covers whole strips of the rows that are there");
    }
    const size_t first = size_of(info[1], "first"), last = size_of(info[2], "last");
    if (first > last || last > rows / kStrip || first > 0 && corpus_.encoded().rows() != first * kStrip) {
      refuse(env, "strips of an encoding are taken in order");
    }
    expect_length(env, mean.ElementLength(), corpus_.dim(), "mean");
    expect_length(env, strips.ElementLength(), rows / kStrip * (sizeof(Strip) / sizeof(double)), "strips");
    expect_length(env, offsets.ElementLength(), rows, "offsets");
    expect_length(env, high.ElementLength(), rows * plane_bytes(corpus_.dim()), "high");
    expect_length(env, low.ElementLength(), rows * plane_bytes(corpus_.dim()), "low");
    // Another backend may encode longer rows.
    if (corpus_.dim() > kLargestEncodedDim) return Napi::Number::New(env, -1);
    ptrdiff_t wrong = -1;
    guarded(env, [&] {
      wrong = corpus_.encoded().adopt(corpus_, {mode, mean.Data(), rows, reinterpret_cast<const Strip*>(strips.Data()),
                                        offsets.Data(), high.Data(), low.Data()}, first, last);
    });
    tell_collector(corpus_.bytes());
    return Napi::Number::New(env, static_cast<double>(wrong));
  }

  Napi::Value last_search(const Napi::CallbackInfo& info) {
    return last_ ? counts_object(info.Env(), *last_) : info.Env().Undefined();
  }

  void free(const Napi::CallbackInfo&) {
    corpus_.clear();
    tell_collector(0);
  }

  void search_now(const Napi::CallbackInfo& info) {
    const Snapshot rows = corpus_.snapshot();
    SearchRequest request(info, rows);
    guarded(info.Env(), [&] {
      SearchCounts counts;
      search(rows, request.queries.data, request.queries.count, {request.k, request.min_score, request.admit},
             {std::min(request.k, rows.size), request.arrays.counts.Data(), request.arrays.positions.Data(),
              request.arrays.scores.Data()},
             &counts);
      last_ = counts;
    });
  }

  Napi::Value freeze(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] { return frozen_rows(info.Env(), corpus_.snapshot()); });
  }

  Napi::Value open_graph(const Napi::CallbackInfo& info) { return graph_of(info, corpus_.snapshot()); }

  size_t threads_;
  Corpus corpus_;
  std::optional<SearchCounts> last_;
  size_t told_ = 0;
};

}  // namespace

Napi::Function define_corpus_class(Napi::Env env) { return CorpusObject::define(env); }

}  // namespace kindred
