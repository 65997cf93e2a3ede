/**
 * `kindred/embeddings`: words, and anything that comes in sequences, as vectors; and deep models as a source of index rows.
 * @module kindred/embeddings
 */
export { type AudioBatch, type AudioModel, audioEmbedder, type Sound } from './audio-embedder.js';
export {
  type AddToOptions,
  type Embedder,
  type EmbedIndexOptions,
  type EmbedOptions,
  type EmbedProgress,
  embedder,
  type Inputs,
} from './embedder.js';
export type { ModelOptions, RunContext } from './embedder-options.js';
export {
  type AnalogyQuestion,
  type AnalogyReport,
  type AnalogyResult,
  type EvaluationOptions,
  evaluateAnalogies,
  evaluateSimilarity,
  type JudgedPair,
  parseAnalogies,
  parseJudgedPairs,
  type SimilarityReport,
} from './evaluation.js';
export { Glove, type GloveOptions } from './glove.js';
export { type ImageBatch, type ImageModel, imageEmbedder, type PerChannel } from './image-embedder.js';
export type { Fit, Pixels } from './image-pixels.js';
export type { ModelOutput, OnnxTensor, TfjsTensor } from './model-output.js';
export type { AsyncOptions, EmbeddingOptions } from './options.js';
export type { AsyncSentences, Sentences, Word } from './sentences.js';
export { interactionSequences } from './sequences.js';
export { type TextModel, textEmbedder } from './text-embedder.js';
export type { FileFormat, LoadOptions, VectorSource } from './word-vector-files.js';
export { type Neighbor, type NeighborOptions, WordVectors, type WordVectorsOptions } from './word-vectors.js';
export { Word2Vec, type Word2VecOptions } from './word2vec.js';
export type { SaveFormat } from './write-word-vectors.js';
