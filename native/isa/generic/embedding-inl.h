// Training of embeddings over a set's vectors. No product is fused with a sum, so that all backends train the same bits.
//   kEmbeddingRows   dots that are computed side by side, enough to hide the latency of an addition
#pragma once
#include <cmath>

#include "isa/generic/dots-inl.h"
#include "isa/generic/embedding.h"

namespace {
namespace embedding {

// Never faults. Output rows are drawn at random, so no CPU reads them ahead.
inline void prefetch_row(const float* row, size_t stride) {
#if defined(__GNUC__)
  constexpr size_t kCacheLine = 64 / sizeof(float);
  for (size_t i = 0; i < stride; i += kCacheLine) __builtin_prefetch(row + i, 1);
#endif
}

inline void all_dots(const float* a, float* const* rows, size_t count, size_t stride, float* out) {
  size_t r = 0;
  for (; r + kEmbeddingRows <= count; r += kEmbeddingRows) dots<kEmbeddingRows>(a, rows + r, stride, out + r);
  for (; r < count; r++) dots<1>(a, rows + r, stride, out + r);
}

// sfc32, as in reference/random.ts.
struct Random {
  uint32_t a, b, c, count;

  inline uint32_t bits() {
    const uint32_t result = a + b + count++;
    a = b ^ (b >> 9);
    b = c + (c << 3);
    c = ((c << 21) | (c >> 11)) + result;
    return result;
  }
  inline size_t below(double limit) { return static_cast<size_t>(static_cast<int64_t>(bits() * (1.0 / 4294967296.0) * limit)); }
};

// The output rows that one pair learns from.
struct Targets {
  float* row[1 + kindred::kMaxNegative];
  size_t count;
};

inline void draw_targets(const kindred::SkipGramBlock& block, double words, uint32_t context, Random& random, Targets& targets) {
  targets.row[0] = block.output + context * block.stride;
  targets.count = 1;
  for (size_t n = 0; n < block.negative; n++) {
    const size_t word = random.below(words);
    const uint32_t noise = random.bits() < block.accept[word] ? static_cast<uint32_t>(word) : block.alias[word];
    targets.row[targets.count] = block.output + noise * block.stride;
    targets.count += noise != context;
  }
  for (size_t t = 0; t < targets.count; t++) prefetch_row(targets.row[t], block.stride);
}

inline float sigmoid_of(const float* table, float x) {
  if (!(x >= -8.0f)) return 0.0f;
  return x < 8.0f ? table[static_cast<int32_t>((x + 8.0f) * 64.0f)] : 1.0f;
}

// Element by element, so that a row of input and the sum stay in registers.
inline void learn(float* input, const Targets& targets, const float* steps, size_t stride) {
  for (size_t i = 0; i < stride; i += kF32) {
    const F32 h = load_f32(input + i);
    F32 sum = zero_f32();
    for (size_t t = 0; t < targets.count; t++) {
      float* at = targets.row[t] + i;
      const F32 step = splat_f32(steps[t]), o = load_f32(at);
      sum = add(sum, mul(step, o));
      store(at, add(o, mul(step, h)));
    }
    store(input + i, add(h, sum));
  }
}

inline void train_pair(const kindred::SkipGramBlock& block, float* input, const Targets& targets, float rate) {
  float steps[1 + kindred::kMaxNegative];
  all_dots(input, targets.row, targets.count, block.stride, steps);
  for (size_t t = 0; t < targets.count; t++) {
    const float error = (t == 0 ? 1.0f : 0.0f) - sigmoid_of(block.sigmoid, steps[t]);
    steps[t] = rate * error;
  }
  learn(input, targets, steps, block.stride);
}

// The targets of the next pair are drawn, and asked for, while this one is trained.
inline void train_word(const kindred::SkipGramBlock& block, double words, size_t begin, size_t end, size_t at, float rate,
                       Random& random) {
  const size_t reach = 1 + random.below(static_cast<double>(block.window));
  const size_t first = at - begin > reach ? at - reach : begin;
  const size_t last = end - 1 - at > reach ? at + reach : end - 1;
  float* input = block.input + block.tokens[at] * block.stride;
  Targets targets[2];
  size_t near = first == at ? at + 1 : first;
  if (near > last) return;
  draw_targets(block, words, block.tokens[near], random, targets[0]);
  for (size_t pair = 0; near <= last; pair++) {
    near += near + 1 == at ? 2 : 1;
    if (near <= last) draw_targets(block, words, block.tokens[near], random, targets[(pair + 1) % 2]);
    train_pair(block, input, targets[pair % 2], rate);
  }
}

void skip_gram(const kindred::SkipGramBlock& block) {
  Random random = {block.random[0], block.random[1], block.random[2], block.random[3]};
  const double words = static_cast<double>(block.words);
  size_t begin = 0;
  for (size_t sentence = 0; sentence < block.sentences; sentence++) {
    const size_t end = block.ends[sentence];
    for (size_t at = begin; at < end; at++) train_word(block, words, begin, end, at, block.rates[sentence], random);
    begin = end;
  }
  block.random[0] = random.a;
  block.random[1] = random.b;
  block.random[2] = random.c;
  block.random[3] = random.count;
}

// One step of AdaGrad: the squares of earlier steps scale this one.
inline void descend(float* values, float* squares, F32 value, F32 step) {
  const F32 earlier = load_f32(squares);
  store(values, sub(value, divide(step, square_root(earlier))));
  store(squares, add(earlier, mul(step, step)));
}

inline void descend_bias(float* bias, float* squares, float step) {
  const float scaled = step / std::sqrt(*squares), square = step * step;
  *bias -= scaled;
  *squares += square;
}

void glove(const kindred::GloveBlock& block) {
  const size_t stride = block.stride;
  for (size_t n = 0; n < block.cells; n++) {
    const size_t word = block.words[n], context = block.word_count + block.contexts[n];
    float* w = block.rows + word * stride;
    float* c = block.rows + context * stride;
    float difference;
    dots<1>(w, &c, stride, &difference);
    difference = ((difference + block.biases[word]) + block.biases[context]) - block.logs[n];
    const float weighted = block.weights[n] * difference;
    const float step = block.rate * weighted;
    const F32 steps = splat_f32(step);
    float* squares_w = block.squares + word * stride;
    float* squares_c = block.squares + context * stride;
    for (size_t i = 0; i < stride; i += kF32) {
      const F32 x = load_f32(w + i), y = load_f32(c + i);
      descend(w + i, squares_w + i, x, mul(steps, y));
      descend(c + i, squares_c + i, y, mul(steps, x));
    }
    descend_bias(block.biases + word, block.bias_squares + word, step);
    descend_bias(block.biases + context, block.bias_squares + context, step);
  }
}

constexpr kindred::EmbeddingKernels table() { return {skip_gram, glove}; }

}  // namespace embedding
}  // namespace
