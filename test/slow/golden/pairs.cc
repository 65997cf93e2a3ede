// Pairs of vectors, pairs of rows, and matrices of all pairs.
#include <cmath>

#include "golden.h"
#include "matrix/matrix.h"

namespace kindred::golden {

namespace {

double dot(const CanonicalKernels& k, const float* a, const float* b, size_t dim) { return k.dot_f32(a, b, dim); }
double dot(const CanonicalKernels& k, const double* a, const double* b, size_t dim) { return k.dot_f64(a, b, dim); }
double distance(const CanonicalKernels& k, const float* a, const float* b, size_t dim) {
  return std::sqrt(k.squared_distance_f32(a, b, dim));
}
double distance(const CanonicalKernels& k, const double* a, const double* b, size_t dim) {
  return std::sqrt(k.squared_distance_f64(a, b, dim));
}
CosineSums sums(const CanonicalKernels& k, const float* a, const float* b, size_t dim) { return k.cosine_f32(a, b, dim); }
CosineSums sums(const CanonicalKernels& k, const double* a, const double* b, size_t dim) { return k.cosine_f64(a, b, dim); }

// contract/backend.ts `cosine`: NaN where squares leave the safe range.
template <class T>
double cosine(const CanonicalKernels& k, const T* a, const T* b, size_t dim) {
  const CosineSums found = sums(k, a, b, dim);
  for (const double squares : {found.squares_a, found.squares_b}) {
    if (!(squares >= kSmallestSquares && squares <= kLargestSquares)) return std::nan("");
  }
  return cosine_of(found.dot, found.squares_a, found.squares_b);
}

template <class T>
using Pair = double (*)(const CanonicalKernels&, const T*, const T*, size_t);

template <class T>
void check_pair(Reader& file, const CanonicalKernels& kernels, const char* name, Pair<T> kernel) {
  const Array<T> a = file.array<T>(), b = file.array<T>();
  expect_same(name, kernel(kernels, a.data(), b.data(), a.size()), file.number());
}

template <class T>
void check_rows(Reader& file, const CanonicalKernels& kernels, const std::string& metric) {
  const Array<T> a = file.array<T>();
  const size_t a_rows = file.size();
  const Array<T> b = file.array<T>();
  const size_t b_rows = file.size(), dim = file.size();
  const Array<double> expected = file.array<double>();
  std::vector<double> found(b_rows);
  for (size_t row = 0; row < b_rows; row++) {
    const T *x = a.data() + (a_rows == 1 ? 0 : row) * dim, *y = b.data() + row * dim;
    found[row] = metric == "dot"      ? dot(kernels, x, y, dim)
                 : metric == "cosine" ? cosine(kernels, x, y, dim)
                                      : 0.0 - distance(kernels, x, y, dim);
  }
  expect_same("pairs of rows", found.data(), expected.data(), b_rows);
}

template <class T>
void check_matrix(Reader& file, const CanonicalKernels& kernels, Metric metric) {
  const Array<T> a = file.array<T>();
  const size_t a_rows = file.size();
  const std::optional<Array<T>> b = file.array_if_any<T>();
  const size_t b_rows = file.size(), dim = file.size();
  const double bad = file.number();
  const Array<float> expected = file.array<float>();
  std::vector<float> found(expected.size());
  const Rows<T> left = {a.data(), a_rows, dim}, right = {b ? b->data() : nullptr, b_rows, dim};
  const ptrdiff_t found_bad =
      similarity_matrix(kernels, *Pool::shared(), 1, metric, left, b ? &right : nullptr, found.data());
  expect_same("the first bad row", double(found_bad), bad);
  if (bad < 0) expect_same("a matrix", found.data(), expected.data(), expected.size());
}

}  // namespace

void add_pairs_and_matrices(Operations& operations, const Level& level) {
  const CanonicalKernels& kernels = level.kernels->canonical;
  const auto add_pair = [&](const char* name, Pair<float> narrow, Pair<double> wide) {
    operations[name] = [=, &kernels](Reader& file) {
      file.text() == "float32" ? check_pair(file, kernels, name, narrow) : check_pair(file, kernels, name, wide);
    };
  };
  add_pair("dot", dot, dot);
  add_pair("cosine", cosine<float>, cosine<double>);
  add_pair("euclidean", distance, distance);
  operations["pairs"] = [&kernels](Reader& file) {
    const std::string metric = file.text();
    file.text() == "float32" ? check_rows<float>(file, kernels, metric) : check_rows<double>(file, kernels, metric);
  };
  operations["matrix"] = [&kernels](Reader& file) {
    const Metric metric = metric_of(file.text());
    file.text() == "float32" ? check_matrix<float>(file, kernels, metric) : check_matrix<double>(file, kernels, metric);
  };
}

}  // namespace kindred::golden
