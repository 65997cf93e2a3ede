// Inverses of Gram matrices, and the best columns of sparse rows times a dense matrix.
#include "golden.h"
#include "linear/dense_topk.h"
#include "linear/inverse.h"
#include "sparse_fields.h"

namespace kindred::golden {

namespace {

void check_inverse(Reader& file, const LinearKernels& kernels) {
  const SparseFields<float> matrix(file);
  const double l2 = file.number(), failed = file.number();
  const Array<double> expected = file.array<double>();
  const Array<float> weights = file.array<float>();
  // At once on one thread, and in steps on three.
  for (const auto& [threads, products] : {std::pair<size_t, double>(1, 1e300), {3, 1e4}}) {
    GramInverse inverse(kernels, matrix.rows_of(), l2);
    while (inverse.done() < inverse.total() && inverse.failed_at() < 0) inverse.advance(*Pool::shared(), threads, products);
    expect_same("the column that an inverse fails at", inverse.failed_at(), failed);
    if (failed >= 0) continue;
    std::vector<double> found(expected.size());
    inverse.write_inverse(found.data());
    expect_same("an inverse", found.data(), expected.data(), expected.size());
    std::vector<float> found_weights(weights.size());
    const size_t middle = inverse.size() / 3;
    inverse.write_weights(0, middle, found_weights.data());
    inverse.write_weights(middle, inverse.size(), found_weights.data() + middle * inverse.size());
    expect_same("weights of an inverse", found_weights.data(), weights.data(), weights.size());
  }
}

void check_top_k(Reader& file, const LinearKernels& kernels) {
  const SparseFields<float> weights(file);
  const Array<float> dense = file.array<float>();
  const size_t columns = file.size();
  const Choice choice(file);
  const Answer expected = read_answer(file);
  for (const size_t threads : {1, 3}) {
    Answer found(weights.rows, std::min(choice.k, columns));
    dense_top_k(kernels, *Pool::shared(), threads, weights.rows_of(), dense.data(), columns, choice.options(), found.rows());
    expect_same("best columns of a dense product", found, expected);
  }
}

}  // namespace

void add_linear(Operations& operations, const Level& level) {
  const LinearKernels& kernels = level.kernels->linear;
  operations["inverse"] = [&kernels](Reader& file) { check_inverse(file, kernels); };
  operations["dense-top-k"] = [&kernels](Reader& file) { check_top_k(file, kernels); };
}

}  // namespace kindred::golden
