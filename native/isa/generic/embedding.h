// Training of embeddings: what a block of work is, and the kernels of one level for it. The arithmetic is contract.ts's.
#pragma once
#include <cstddef>
#include <cstdint>

#include "isa/generic/lanes.h"

namespace kindred {

// Words of noise per pair.
constexpr size_t kMaxNegative = 100;
constexpr size_t kSigmoidEntries = 1025;

// Everything is checked: words and aliases are below `words`, `ends` ascend up to the number of tokens, `stride` is a multiple of
// kLanes.
struct SkipGramBlock {
  size_t words;
  size_t stride;
  size_t window;
  size_t negative;
  const float* sigmoid;
  const uint32_t* accept;
  const uint32_t* alias;
  float* input;
  float* output;
  uint32_t* random;
  const uint32_t* tokens;
  const uint32_t* ends;
  const float* rates;
  size_t sentences;
};

// Rows, squares and biases are those of all words as words, then as contexts.
struct GloveBlock {
  size_t word_count;
  size_t stride;
  float* rows;
  float* squares;
  float* biases;
  float* bias_squares;
  const uint32_t* words;
  const uint32_t* contexts;
  const float* logs;
  const float* weights;
  size_t cells;
  float rate;
};

struct EmbeddingKernels {
  void (*skip_gram)(const SkipGramBlock& block);
  void (*glove)(const GloveBlock& block);
};

}  // namespace kindred
