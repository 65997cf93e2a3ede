// Neighbours of sparse rows, and the best columns of a product of sparse matrices.
#include "golden.h"
#include "sparse_fields.h"

namespace kindred::golden {

namespace {

Similarity similarity_of(const std::string& name) {
  return name == "jaccard" ? Similarity::kJaccard
         : name == "dice"  ? Similarity::kDice
         : name == "pearson" ? Similarity::kPearson
                             : Similarity::kCosine;
}

void check_neighbors(Reader& file) {
  const SparseFields<float> matrix(file);
  NeighborOptions options;
  options.stride = std::min(file.size(), matrix.rows);
  options.similarity = similarity_of(file.text());
  options.shrinkage = file.number();
  options.corated = file.flag();
  options.min_support = static_cast<uint32_t>(file.size());
  const std::optional<Array<uint32_t>> only = file.array_if_any<uint32_t>();
  const Answer expected = read_answer(file);
  // At once on one thread, and in steps on three.
  for (const auto& [threads, products] : {std::pair<size_t, double>(1, 1e300), {3, 500}}) {
    const auto task = open_neighbors(matrix.rows_of(), options, only ? only->data() : nullptr, only ? only->size() : 0);
    while (task->done() < task->total()) task->advance(*Pool::shared(), threads, products);
    Answer found(task->count(), options.stride);
    task->write(found.rows(), 0, task->count());
    expect_same("neighbours", found, expected);
  }
}

template <class T>
void check_top_k(Reader& file, const SparseFields<T>& weights) {
  const SparseFields<double> lists(file);
  const Choice choice(file);
  const Answer expected = read_answer(file);
  for (const size_t threads : {1, 3}) {
    Answer found(weights.rows, std::min(choice.k, lists.columns));
    sparse_top_k(*Pool::shared(), threads, weights.rows_of(), lists.rows_of(), choice.options(), found.rows());
    expect_same("best columns of a sparse product", found, expected);
  }
}

}  // namespace

void add_sparse(Operations& operations) {
  operations["neighbors"] = check_neighbors;
  operations["sparse-top-k"] = [](Reader& file) {
    file.text() == "float32" ? check_top_k(file, SparseFields<float>(file)) : check_top_k(file, SparseFields<double>(file));
  };
}

}  // namespace kindred::golden
