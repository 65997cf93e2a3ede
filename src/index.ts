/** kindred: exact similarity search, the same bits on every machine and backend. Public names only. */
export { type BackendInfo, backendInfo, type CandidateInfo, openBackend } from './backend/choose.js';
export type { Backend, Dtype, Metric, SearchCounts } from './backend/contract.js';
export { type ErrorCode, KindredError } from './errors.js';
export { type BatchOptions, pairedSimilarities, similarities, similarityMatrix } from './similarity/batch.js';
export type { AsyncDiverseOptions, DiverseOptions } from './similarity/diverse.js';
export type { Filter } from './similarity/filter.js';
export type { Hit, Hits } from './similarity/hits.js';
export type { LoadBytesOptions, LoadOptions, SaveBytesOptions, SaveOptions } from './similarity/index-file.js';
export type { AsyncNeighborGraphOptions, NeighborGraphOptions } from './similarity/neighbor-graph.js';
export type { AddOptions, AsyncSearchOptions, FromOptions, IndexOptions, SearchOptions } from './similarity/options.js';
export { cosineDistance, cosineSimilarity, dot, euclidean, norm, normalize } from './similarity/pair.js';
export type { AsyncSimilarPairsOptions, SimilarPair, SimilarPairsOptions } from './similarity/similar-pairs.js';
export { topK } from './similarity/top-k.js';
export type { OnProgress, Progress } from './similarity/under-way.js';
export { type IndexStats, VectorIndex } from './similarity/vector-index.js';
export type { Matrix, Vector, Vectors } from './similarity/vectors.js';
