// JavaScript functions over what a level trains with: embeddings and alternating least squares. A wrong number here would be a wild
// write: all are checked.
#include "addon/record.h"
#include "training/als_threads.h"

namespace kindred {

namespace {

const Kernels& training_kernels_of(const Napi::CallbackInfo& info) { return *static_cast<const Kernels*>(info.Data()); }

void expect_below(Napi::Env env, const Napi::Uint32Array& numbers, size_t limit, const char* what) {
  const uint32_t* begin = numbers.Data();
  const uint32_t* end = begin + numbers.ElementLength();
  if (begin != end && *std::max_element(begin, end) >= limit) refuse(env, std::string(what) + " reach past the words");
}

// The elements that `count` rows of `stride` have, the stride being one that kernels can walk.
size_t elements_of(Napi::Env env, size_t count, size_t stride) {
  if (stride == 0 || stride % kLanes != 0) refuse(env, "stride is no positive multiple of 16");
  if (count == 0 || count > UINT32_MAX || stride > SIZE_MAX / sizeof(float) / count) refuse(env, "no such number of rows");
  return count * stride;
}

// trainSkipGram({ words, stride, window, negative, sigmoid, accept, alias, input, output, random, tokens, ends, rates })
void train_skip_gram(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Record block(info[0], "block");
  const size_t words = block.size("words"), stride = block.size("stride");
  const size_t window = block.size("window"), negative = block.size("negative");
  const size_t elements = elements_of(env, words, stride);
  if (window == 0 || window > UINT32_MAX) refuse(env, "window is out of range");
  if (negative > kMaxNegative) refuse(env, "negative is out of range");
  Napi::Float32Array sigmoid = block.float32("sigmoid"), input = block.float32("input"), output = block.float32("output");
  Napi::Uint32Array accept = block.uint32("accept"), alias = block.uint32("alias"), random = block.uint32("random");
  Napi::Uint32Array tokens = block.uint32("tokens"), ends = block.uint32("ends");
  Napi::Float32Array rates = block.float32("rates");
  expect_length(env, sigmoid.ElementLength(), kSigmoidEntries, "sigmoid");
  expect_length(env, accept.ElementLength(), words, "accept");
  expect_length(env, alias.ElementLength(), words, "alias");
  expect_length(env, input.ElementLength(), elements, "input");
  expect_length(env, output.ElementLength(), elements, "output");
  expect_length(env, random.ElementLength(), 4, "random");
  expect_length(env, rates.ElementLength(), ends.ElementLength(), "rates");
  expect_below(env, tokens, words, "tokens");
  expect_below(env, alias, words, "aliases");
  expect_below(env, ends, tokens.ElementLength() + 1, "ends");
  if (!std::is_sorted(ends.Data(), ends.Data() + ends.ElementLength())) refuse(env, "ends must ascend");

  training_kernels_of(info).embedding.skip_gram({words, stride, window, negative, sigmoid.Data(), accept.Data(), alias.Data(),
                                        input.Data(), output.Data(), random.Data(), tokens.Data(), ends.Data(),
                                        rates.Data(), ends.ElementLength()});
}

// trainGlove({ words, stride, rows, squares, biases, biasSquares, wordOf, contextOf, logs, weights, rate })
void train_glove(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Record block(info[0], "block");
  const size_t words = block.size("words"), stride = block.size("stride");
  const size_t elements = elements_of(env, 2 * words, stride);
  Napi::Float32Array rows = block.float32("rows"), squares = block.float32("squares");
  Napi::Float32Array biases = block.float32("biases"), bias_squares = block.float32("biasSquares");
  Napi::Uint32Array word_of = block.uint32("wordOf"), context_of = block.uint32("contextOf");
  Napi::Float32Array logs = block.float32("logs"), weights = block.float32("weights");
  const size_t cells = word_of.ElementLength();
  expect_length(env, rows.ElementLength(), elements, "rows");
  expect_length(env, squares.ElementLength(), elements, "squares");
  expect_length(env, biases.ElementLength(), 2 * words, "biases");
  expect_length(env, bias_squares.ElementLength(), 2 * words, "biasSquares");
  expect_length(env, context_of.ElementLength(), cells, "contextOf");
  expect_length(env, logs.ElementLength(), cells, "logs");
  expect_length(env, weights.ElementLength(), cells, "weights");
  expect_below(env, word_of, words, "wordOf");
  expect_below(env, context_of, words, "contextOf");

  const float rate = static_cast<float>(block.number("rate"));
  training_kernels_of(info).embedding.glove({words, stride, rows.Data(), squares.Data(), biases.Data(), bias_squares.Data(),
                                    word_of.Data(), context_of.Data(), logs.Data(), weights.Data(), cells, rate});
}

// The rows that an array of factors has.
size_t rows_in(Napi::Env env, const Napi::Float32Array& factors, size_t stride, const char* what) {
  if (stride == 0 || stride % kLanes != 0 || stride > UINT32_MAX) refuse(env, "stride is no positive multiple of 16");
  if (factors.ElementLength() % stride != 0) refuse(env, std::string(what) + " has an incomplete row");
  return factors.ElementLength() / stride;
}

// alsGram(factors, stride, out, threads)
void als_gram(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Float32Array factors = float32_array(info[0], "factors"), out = float32_array(info[2], "out");
  const size_t stride = size_of(info[1], "stride");
  const size_t rows = rows_in(env, factors, stride, "factors");
  expect_length(env, out.ElementLength(), stride * stride, "out");
  const size_t threads = threads_of(info[3]);
  guarded(env, [&] { gram_matrix(training_kernels_of(info).als, pool_of(env), threads, factors.Data(), rows, stride, out.Data()); });
}

// What makes every index of the rows first .. last readable.
void expect_rows(Napi::Env env, const Napi::Uint32Array& indptr, const Napi::Uint32Array& indices, size_t first, size_t last,
                 size_t others) {
  const uint32_t* begin = indptr.Data() + first;
  const uint32_t* end = indptr.Data() + last + 1;
  if (!std::is_sorted(begin, end)) refuse(env, "indptr must ascend");
  if (*(end - 1) > indices.ElementLength()) refuse(env, "indptr reaches past the indices");
  const uint32_t* largest = std::max_element(indices.Data() + *begin, indices.Data() + *(end - 1));
  if (largest != indices.Data() + *(end - 1) && *largest >= others) refuse(env, "indices reach past the other side");
}

// alsSolve({ indptr, indices, weights, others, gram, l2, stride, steps, tolerance, cold, factors }, first, last, threads)
void als_solve(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Record side(info[0], "half");
  Napi::Uint32Array indptr = side.uint32("indptr"), indices = side.uint32("indices");
  Napi::Float32Array weights = side.float32("weights"), others = side.float32("others"), gram = side.float32("gram");
  Napi::Float32Array l2 = side.float32("l2"), factors = side.float32("factors");
  const size_t stride = side.size("stride"), first = size_of(info[1], "first"), last = size_of(info[2], "last");
  const size_t rows = rows_in(env, factors, stride, "factors");
  expect_length(env, indptr.ElementLength(), rows + 1, "indptr");
  expect_length(env, weights.ElementLength(), indices.ElementLength(), "weights");
  expect_length(env, gram.ElementLength(), stride * stride, "gram");
  expect_length(env, l2.ElementLength(), rows, "l2");
  if (first > last || last > rows) refuse(env, "there are no such rows");
  expect_rows(env, indptr, indices, first, last, rows_in(env, others, stride, "others"));
  const AlsHalf half = {indptr.Data(), indices.Data(), weights.Data(), others.Data(), gram.Data(), l2.Data(), stride,
                        side.size("steps"), static_cast<float>(side.number("tolerance")), side.flag("cold"), factors.Data()};
  const size_t threads = threads_of(info[3]);
  guarded(env, [&] { solve_rows(training_kernels_of(info).als, pool_of(env), threads, half, first, last); });
}

}  // namespace

void add_training(Napi::Env env, Napi::Object target, const Kernels* kernels) {
  void* data = const_cast<Kernels*>(kernels);
  target["trainSkipGram"] = Napi::Function::New<train_skip_gram>(env, "trainSkipGram", data);
  target["trainGlove"] = Napi::Function::New<train_glove>(env, "trainGlove", data);
  target["alsGram"] = Napi::Function::New<als_gram>(env, "alsGram", data);
  target["alsSolve"] = Napi::Function::New<als_solve>(env, "alsSolve", data);
}

}  // namespace kindred
