// JavaScript functions over the embedding kernels of one level. A wrong number here would be a wild write: all are checked.
#include <algorithm>

#include "addon/arguments.h"
#include "isa/generic/embedding.h"

namespace kindred {

namespace {

const EmbeddingKernels& kernels_of(const Napi::CallbackInfo& info) {
  return *static_cast<const EmbeddingKernels*>(info.Data());
}

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

// trainSkipGram(words, stride, window, negative, sigmoid, accept, alias, input, output, random, tokens, ends, rates)
void train_skip_gram(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const size_t words = size_of(info[0], "words"), stride = size_of(info[1], "stride");
  const size_t window = size_of(info[2], "window"), negative = size_of(info[3], "negative");
  const size_t elements = elements_of(env, words, stride);
  if (window == 0 || window > UINT32_MAX) refuse(env, "window is out of range");
  if (negative > kMaxNegative) refuse(env, "negative is out of range");
  Napi::Float32Array sigmoid = float32_array(info[4], "sigmoid");
  expect_length(env, sigmoid.ElementLength(), kSigmoidEntries, "sigmoid");
  Napi::Uint32Array accept = uint32_array(info[5], "accept"), alias = uint32_array(info[6], "alias");
  expect_length(env, accept.ElementLength(), words, "accept");
  expect_length(env, alias.ElementLength(), words, "alias");
  Napi::Float32Array input = float32_array(info[7], "input"), output = float32_array(info[8], "output");
  expect_length(env, input.ElementLength(), elements, "input");
  expect_length(env, output.ElementLength(), elements, "output");
  Napi::Uint32Array random = uint32_array(info[9], "random");
  expect_length(env, random.ElementLength(), 4, "random");
  Napi::Uint32Array tokens = uint32_array(info[10], "tokens"), ends = uint32_array(info[11], "ends");
  Napi::Float32Array rates = float32_array(info[12], "rates");
  expect_length(env, rates.ElementLength(), ends.ElementLength(), "rates");
  expect_below(env, tokens, words, "tokens");
  expect_below(env, alias, words, "aliases");
  expect_below(env, ends, tokens.ElementLength() + 1, "ends");
  if (!std::is_sorted(ends.Data(), ends.Data() + ends.ElementLength())) refuse(env, "ends must ascend");

  kernels_of(info).skip_gram({words, stride, window, negative, sigmoid.Data(), accept.Data(), alias.Data(), input.Data(),
                              output.Data(), random.Data(), tokens.Data(), ends.Data(), rates.Data(),
                              ends.ElementLength()});
}

// trainGlove(words, stride, rows, squares, biases, biasSquares, wordOf, contextOf, logs, weights, rate)
void train_glove(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const size_t words = size_of(info[0], "words"), stride = size_of(info[1], "stride");
  const size_t elements = elements_of(env, 2 * words, stride);
  Napi::Float32Array rows = float32_array(info[2], "rows"), squares = float32_array(info[3], "squares");
  Napi::Float32Array biases = float32_array(info[4], "biases"), bias_squares = float32_array(info[5], "biasSquares");
  expect_length(env, rows.ElementLength(), elements, "rows");
  expect_length(env, squares.ElementLength(), elements, "squares");
  expect_length(env, biases.ElementLength(), 2 * words, "biases");
  expect_length(env, bias_squares.ElementLength(), 2 * words, "biasSquares");
  Napi::Uint32Array word_of = uint32_array(info[6], "words"), context_of = uint32_array(info[7], "contexts");
  Napi::Float32Array logs = float32_array(info[8], "logs"), weights = float32_array(info[9], "weights");
  const size_t cells = word_of.ElementLength();
  expect_length(env, context_of.ElementLength(), cells, "contexts");
  expect_length(env, logs.ElementLength(), cells, "logs");
  expect_length(env, weights.ElementLength(), cells, "weights");
  expect_below(env, word_of, words, "words");
  expect_below(env, context_of, words, "contexts");

  const float rate = info[10].As<Napi::Number>().FloatValue();
  kernels_of(info).glove({words, stride, rows.Data(), squares.Data(), biases.Data(), bias_squares.Data(),
                          word_of.Data(), context_of.Data(), logs.Data(), weights.Data(), cells, rate});
}

}  // namespace

void add_embedding(Napi::Env env, Napi::Object target, const EmbeddingKernels* kernels) {
  void* data = const_cast<EmbeddingKernels*>(kernels);
  target["trainSkipGram"] = Napi::Function::New<train_skip_gram>(env, "trainSkipGram", data);
  target["trainGlove"] = Napi::Function::New<train_glove>(env, "trainGlove", data);
}

}  // namespace kindred
