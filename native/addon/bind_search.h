// A search as JavaScript asks for it: its arrays, and the work off the JavaScript thread.
#pragma once
#include "addon/arguments.h"
#include "rows/corpus.h"
#include "search/search.h"

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

// contract.ts `SearchCounts`.
Napi::Object counts_object(Napi::Env env, const SearchCounts& counts);

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

// What both kinds of search are asked: (queries, k, minScore, admit | undefined, counts, positions, scores).
struct SearchRequest {
  SearchRequest(const Napi::CallbackInfo& info, const Snapshot& rows)
      : queries(info[0], query_dtype(rows.dtype), rows.dim, "queries"),
        k(size_of(info[1], "k")),
        min_score(info[2].As<Napi::Number>()),
        arrays(info, 4, queries.count, std::min(k, rows.size)) {
    if (k == 0) refuse(info.Env(), "k must be positive");
    admit = mask_of(info[3], rows.size);
  }

  // One byte per row, or null where undefined.
  static const uint8_t* mask_of(const Napi::Value& value, size_t rows) {
    if (value.IsUndefined()) return nullptr;
    const Napi::Uint8Array mask = uint8_array(value, "admit");
    expect_length(value.Env(), mask.ElementLength(), rows, "admit");
    return mask.Data();
  }

  GivenRows queries;
  size_t k;
  double min_score;
  const uint8_t* admit;
  AnswerArrays arrays;
};

// As contract.ts calls it.
const char* name_of(EncodingMode mode);

// What freeze of a corpus gives: addon.ts, `AddonFrozenRows`.
Napi::Value frozen_rows(Napi::Env env, Snapshot rows);

// openGraph(k, minScore, admit | undefined): addon.ts, `AddonGraph`; undefined where a search for each row is no slower.
Napi::Value graph_of(const Napi::CallbackInfo& info, Snapshot rows);

// read(slot, count) of a corpus or of frozen rows.
template <class Rows>
Napi::Value rows_of(const Napi::CallbackInfo& info, const Rows& rows, Dtype dtype, size_t dim, size_t size) {
  const Napi::Env env = info.Env();
  const size_t slot = size_of(info[0], "slot"), count = size_of(info[1], "count");
  if (slot > size || count > size - slot) {
    refuse(env, std::to_string(count) + " rows from slot " + std::to_string(slot) + " are not all in use");
  }
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env, count * dim * element_bytes(dtype));
  rows.read(slot, count, static_cast<uint8_t*>(buffer.Data()));
  napi_value array;
  if (napi_create_typedarray(env, class_of(dtype), count * dim, buffer, 0, &array) != napi_ok) throw Napi::Error::New(env);
  return Napi::Value(env, array);
}

}  // namespace kindred
