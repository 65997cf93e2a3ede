// Training: skip-grams, GloVe, and alternating least squares.
#include "golden.h"
#include "machine/pool.h"
#include "training/als_threads.h"

namespace kindred::golden {

namespace {

struct SkipGram {
  explicit SkipGram(Reader& file)
      : words(file.size()),
        stride(file.size()),
        window(file.size()),
        negative(file.size()),
        input(file.array<float>()),
        accept(file.array<uint32_t>()),
        alias(file.array<uint32_t>()),
        sigmoid(file.array<float>()),
        random(file.array<uint32_t>()),
        output(input.size()) {}

  void train(Reader& file, const EmbeddingKernels& kernels) {
    const Array<uint32_t> tokens = file.array<uint32_t>(), ends = file.array<uint32_t>();
    const Array<float> rates = file.array<float>(), expected = file.array<float>();
    kernels.skip_gram({words, stride, window, negative, sigmoid.data(), accept.data(), alias.data(), input.data(),
                       output.data(), random.data(), tokens.data(), ends.data(), rates.data(), ends.size()});
    expect_same("rows of skip-grams", input.data(), expected.data(), expected.size());
  }

  size_t words, stride, window, negative;
  Array<float> input;
  Array<uint32_t> accept, alias;
  Array<float> sigmoid;
  Array<uint32_t> random;
  std::vector<float> output;
};

struct Glove {
  explicit Glove(Reader& file)
      : words(file.size()),
        stride(file.size()),
        rows(file.array<float>()),
        biases(file.array<float>()),
        squares(rows.size(), 1),
        bias_squares(biases.size(), 1) {}

  void train(Reader& file, const EmbeddingKernels& kernels) {
    const Array<uint32_t> word_of = file.array<uint32_t>(), context_of = file.array<uint32_t>();
    const Array<float> logs = file.array<float>(), weights = file.array<float>();
    const float rate = static_cast<float>(file.number());
    const Array<float> expected = file.array<float>();
    kernels.glove({words, stride, rows.data(), squares.data(), biases.data(), bias_squares.data(), word_of.data(),
                   context_of.data(), logs.data(), weights.data(), word_of.size(), rate});
    expect_same("rows of GloVe", rows.data(), expected.data(), expected.size());
  }

  size_t words, stride;
  Array<float> rows, biases;
  std::vector<float> squares, bias_squares;
};

// A training is opened, and then trained some times; recorder.ts numbers it.
template <class Training>
void add_trainings(Operations& operations, const std::string& name, const EmbeddingKernels& kernels) {
  const auto trainings = std::make_shared<std::map<size_t, std::unique_ptr<Training>>>();
  operations[name] = [=](Reader& file) {
    const size_t id = file.size();
    trainings->clear();
    (*trainings)[id] = std::make_unique<Training>(file);
  };
  operations["train-" + name] = [=, &kernels](Reader& file) { trainings->at(file.size())->train(file, kernels); };
}

void check_gram(Reader& file, const AlsKernels& kernels) {
  const Array<float> factors = file.array<float>();
  const size_t stride = file.size();
  const Array<float> expected = file.array<float>();
  for (const size_t threads : {1, 3}) {
    std::vector<float> found(stride * stride);
    gram_matrix(kernels, *Pool::shared(), threads, factors.data(), factors.size() / stride, stride, found.data());
    expect_same("a Gram matrix", found.data(), expected.data(), expected.size());
  }
}

void check_solve(Reader& file, const AlsKernels& kernels) {
  const Array<uint32_t> indptr = file.array<uint32_t>(), indices = file.array<uint32_t>();
  const Array<float> weights = file.array<float>(), others = file.array<float>(), gram = file.array<float>();
  const Array<float> l2 = file.array<float>();
  const size_t stride = file.size(), first = file.size(), last = file.size(), steps = file.size();
  const float tolerance = static_cast<float>(file.number());
  const bool cold = file.flag();
  const Array<float> before = file.array<float>(), expected = file.array<float>();
  for (const size_t threads : {1, 3}) {
    std::vector<float> factors(before.data(), before.data() + before.size());
    solve_rows(kernels, *Pool::shared(), threads,
               {indptr.data(), indices.data(), weights.data(), others.data(), gram.data(), l2.data(), stride, steps, tolerance,
                cold, factors.data()},
               first, last);
    expect_same("factors", factors.data(), expected.data(), expected.size());
  }
}

}  // namespace

void add_training(Operations& operations, const Level& level) {
  add_trainings<SkipGram>(operations, "skip-gram", level.kernels->embedding);
  add_trainings<Glove>(operations, "glove", level.kernels->embedding);
  const AlsKernels& als = level.kernels->als;
  operations["als-gram"] = [&als](Reader& file) { check_gram(file, als); };
  operations["als-solve"] = [&als](Reader& file) { check_solve(file, als); };
}

}  // namespace kindred::golden
