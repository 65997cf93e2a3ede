/**
 * `kindred/embeddings`: words, and anything that comes in sequences, as vectors; and deep models as a source of index
 * rows.
 * @module kindred/embeddings
 */
export type { WordsOptions, WordsReport } from '../io/words-log.js';
export { type AudioBatch, type AudioModel, audioEmbedder, type Sound } from './deep/audio-embedder.js';
export {
  type AddToOptions,
  type Embedder,
  type EmbedIndexOptions,
  type EmbedOptions,
  type EmbedProgress,
  embedder,
  type Inputs,
} from './deep/embedder.js';
export type { ModelOptions, RunContext } from './deep/embedder-options.js';
export { type ImageBatch, type ImageModel, imageEmbedder, type PerChannel } from './deep/image-embedder.js';
export type { Fit, Pixels } from './deep/image-pixels.js';
export type { MaskedOutput, ModelOutput, OnnxTensor, TfjsTensor } from './deep/model-output.js';
export type { PoolingMask } from './deep/pooling-mask.js';
export { type TextModel, textEmbedder } from './deep/text-embedder.js';
export { Glove, type GloveOptions } from './training/glove.js';
export { interactionSequences } from './training/interaction-sequences.js';
export type { AsyncOptions, EmbeddingOptions } from './training/options.js';
export type { AsyncSentences, Sentences } from './training/sentences.js';
export { Word2Vec, type Word2VecOptions } from './training/word2vec.js';
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
} from './words/evaluation.js';
export type { FileFormat, FileFormat as SaveFormat } from './words/find-format.js';
export type { LoadWordVectorsOptions } from './words/read-request.js';
export type { VectorSource } from './words/vector-source.js';
export type { Word } from './words/word.js';
export {
  type Neighbor,
  type NeighborOptions,
  type SaveWordVectorsOptions,
  WordVectors,
  type WordVectorsOptions,
} from './words/word-vectors.js';
