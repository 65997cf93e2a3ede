// A sparse matrix laid out for products of its rows: entries by column, compact, rows renamed by descending length.
#pragma once
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "sparse/rows.h"

namespace kindred {

// How the values of a matrix may be kept without changing a bit of any sum of products.
enum class Compact {
  kOnes,      // every value is 1: sums are counts
  kIntegers,  // small integers once multiplied by `scale`, a power of two: sums are exact in int32
  kFloats,
};
struct Compactness {
  Compact how;
  double scale = 1;
};

// Every sum of products of two rows is at most the larger sum of squares; below this it fits an int32 with room to spare.
constexpr double kLargestIntegerSum = 1 << 30;

inline Compactness compactness_of(const SparseRows& matrix) {
  const size_t count = matrix.indptr[matrix.rows];
  const float* values = matrix.values;
  if (std::all_of(values, values + count, [](float value) { return value == 1; })) return {Compact::kOnes};
  for (const double scale : {1.0, 2.0, 4.0}) {
    const auto fits = [scale](float value) {
      const double scaled = value * scale;
      return scaled >= 0 && scaled <= 255 && scaled == static_cast<int>(scaled);
    };
    if (!std::all_of(values, values + count, fits)) continue;
    for (size_t row = 0; row < matrix.rows; row++) {
      double squares = 0;
      for (size_t p = matrix.indptr[row]; p < matrix.indptr[row + 1]; p++) squares += scale * scale * values[p] * values[p];
      if (squares > kLargestIntegerSum) return {Compact::kFloats};
    }
    return {Compact::kIntegers, scale};
  }
  return {Compact::kFloats};
}

// Rank -> row: long rows get the low ranks, so that the sums which are touched most lie together in the cache, and the walk below
// a row's own rank is short for them.
inline std::vector<uint32_t> rows_by_length(const SparseRows& matrix) {
  std::vector<uint32_t> row_of(matrix.rows);
  std::iota(row_of.begin(), row_of.end(), 0);
  const auto length = [&](uint32_t row) { return matrix.indptr[row + 1] - matrix.indptr[row]; };
  std::stable_sort(row_of.begin(), row_of.end(), [&](uint32_t a, uint32_t b) { return length(a) > length(b); });
  return row_of;
}

// Where each column's entries begin when all entries are ordered by column, and where the last ends.
inline std::vector<uint32_t> column_starts(const SparseRows& matrix) {
  std::vector<uint32_t> starts(matrix.columns + 1);
  const size_t count = matrix.indptr[matrix.rows];
  for (size_t p = 0; p < count; p++) starts[matrix.indices[p] + 1]++;
  std::partial_sum(starts.begin(), starts.end(), starts.begin());
  return starts;
}

// A run of entries of one column: those of the rows that one row is compared with.
struct Run {
  uint32_t begin, end;
};

// Entries by column; Index holds a rank, Value what Compact says (float64 for other values, uint8_t for none at all).
template <class Index, class Value>
struct Columns {
  // Rank -> row.
  std::vector<uint32_t> row_of;
  // The entries of rank r are first[r] .. first[r + 1]: a run of their column each, and their own value.
  std::vector<size_t> first;
  std::vector<Run> runs;
  std::vector<Value> own;
  std::vector<Index> ranks;
  std::vector<Value> values;

  // `value_of(p)` is the value of entry p. With `once` a run ends before the row's own rank, so that each pair is met once.
  template <class ValueOf>
  Columns(const SparseRows& matrix, bool ones, bool once, ValueOf value_of)
      : row_of(rows_by_length(matrix)), first(matrix.rows + 1) {
    const size_t count = matrix.indptr[matrix.rows];
    const std::vector<uint32_t> starts = column_starts(matrix);
    std::vector<uint32_t> next(starts.begin(), starts.end());
    runs.resize(count);
    ranks.resize(count);
    if (!ones) {
      own.resize(count);
      values.resize(count);
    }
    size_t at = 0;
    for (size_t rank = 0; rank < matrix.rows; rank++) {
      const uint32_t row = row_of[rank];
      first[rank] = at;
      for (size_t p = matrix.indptr[row]; p < matrix.indptr[row + 1]; p++, at++) {
        const uint32_t column = matrix.indices[p], place = next[column]++;
        ranks[place] = static_cast<Index>(rank);
        runs[at] = {starts[column], once ? place : starts[column + 1]};
        if (!ones) values[place] = own[at] = static_cast<Value>(value_of(p));
      }
    }
    first[matrix.rows] = at;
  }

  size_t products(size_t rank) const {
    size_t sum = 0;
    for (size_t at = first[rank]; at < first[rank + 1]; at++) sum += runs[at].end - runs[at].begin;
    return sum;
  }
};

}  // namespace kindred
