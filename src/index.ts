/** kindred: exact similarity search, the same bits on every machine and backend. Public names only. */
export { type BackendInfo, backendInfo, type CandidateInfo, openBackend } from './backend/choose.js';
export type { Backend, Metric } from './backend/contract.js';
export { type ErrorCode, KindredError } from './errors.js';
export { type BatchOptions, pairedSimilarities, similarities, similarityMatrix } from './similarity/batch.js';
export type { Filter } from './similarity/filter.js';
export type { Hit, Hits } from './similarity/hits.js';
export { cosineDistance, cosineSimilarity, dot, euclidean, norm, normalize } from './similarity/pair.js';
export { topK } from './similarity/top-k.js';
export {
  type AsyncSearchOptions,
  type IndexOptions,
  type SearchOptions,
  VectorIndex,
} from './similarity/vector-index.js';
export type { Matrix, Vector, Vectors } from './similarity/vectors.js';
