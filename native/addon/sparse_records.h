// Sparse rows, what is asked of a product of them, and its answer, as JavaScript hands them over (contract/sparse.ts). A damaged
// matrix would be a wild read or write, so every index is looked at: that costs little beside a product.
#pragma once
#include <algorithm>

#include "addon/record.h"
#include "sparse/rows.h"

namespace kindred {

// Starts that ascend up to the entries, and columns that ascend within a row.
inline void check_rows(Napi::Env env, const Napi::Uint32Array& indptr, const Napi::Uint32Array& indices, size_t rows,
                       size_t columns) {
  expect_length(env, indptr.ElementLength(), rows + 1, "indptr");
  const uint32_t* starts = indptr.Data();
  const uint32_t* at = indices.Data();
  if (starts[0] != 0 || !std::is_sorted(starts, starts + rows + 1) || starts[rows] > indices.ElementLength()) {
    refuse(env, "indptr must ascend from 0 to the number of indices");
  }
  for (size_t row = 0; row < rows; row++) {
    for (size_t p = starts[row]; p < starts[row + 1]; p++) {
      if (at[p] < columns && (p == starts[row] || at[p - 1] < at[p])) continue;
      refuse(env, "indices must ascend below columns");
    }
  }
}

inline bool is_float64(const Napi::Value& value) {
  return value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_float64_array;
}

// { rows, columns, indptr, indices, values }, the values float32 or float64.
template <class T>
SparseRowsOf<T> sparse_rows_of(const Napi::Value& value, const char* what) {
  const Record record(value, what);
  const size_t rows = record.extent("rows"), columns = record.extent("columns");
  Napi::Uint32Array indptr = record.uint32("indptr"), indices = record.uint32("indices");
  auto values = typed_array<Napi::TypedArrayOf<T>>(record.get("values"), sizeof(T) == 4 ? napi_float32_array : napi_float64_array,
                                                   "values");
  check_rows(record.env(), indptr, indices, rows, columns);
  if (indptr.Data()[rows] > values.ElementLength()) refuse(record.env(), "values end before indices");
  return {rows, columns, indptr.Data(), indices.Data(), values.Data()};
}

// { exclude?: { indptr, indices }, admit?, above, minScore } of a product of `rows` x `columns`.
inline SparseTopKOptions sparse_options_of(const Record& record, size_t rows, size_t columns) {
  SparseTopKOptions options = {nullptr, nullptr, nullptr, record.number("above"), record.number("minScore")};
  if (record.has("exclude")) {
    const Record exclude(record.get("exclude"), "exclude");
    Napi::Uint32Array indptr = exclude.uint32("indptr"), indices = exclude.uint32("indices");
    check_rows(record.env(), indptr, indices, rows, columns);
    options.exclude_indptr = indptr.Data();
    options.exclude_indices = indices.Data();
  }
  if (record.has("admit")) {
    Napi::Uint8Array admit = record.uint8("admit");
    expect_length(record.env(), admit.ElementLength(), columns, "admit");
    options.admit = admit.Data();
  }
  return options;
}

// { stride, counts, positions, scores }: room for the best `rows` times stride, of which there are at most `columns` a row.
inline TopRows top_rows_of(const Napi::Value& value, size_t rows, size_t columns) {
  const Record record(value, "answer");
  const Napi::Env env = record.env();
  const size_t stride = record.size("stride");
  if (stride > columns) refuse(env, "stride is larger than columns");
  if (stride != 0 && rows > SIZE_MAX / stride) refuse(env, "stride is too large");
  Napi::Uint32Array counts = record.uint32("counts"), positions = record.uint32("positions");
  Napi::Float64Array scores = record.float64("scores");
  expect_length(env, counts.ElementLength(), rows, "counts");
  expect_length(env, positions.ElementLength(), rows * stride, "positions");
  expect_length(env, scores.ElementLength(), rows * stride, "scores");
  return {stride, counts.Data(), positions.Data(), scores.Data()};
}

}  // namespace kindred
