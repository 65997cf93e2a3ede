/** kindred: exact similarity search, the same bits on every machine and backend. Public names only. */
export { type BackendInfo, backendInfo, type CandidateInfo, openBackend, ready } from './backend/choose.js';
export type { Backend, Dtype, Metric, SearchCounts } from './backend/contract/backend.js';
export { type ErrorCode, KindredError } from './errors.js';
export type { AsyncDiverseOptions, DiverseOptions } from './similarity/index/diverse.js';
export type { Filter } from './similarity/index/filter.js';
export type { GroupKey } from './similarity/index/groups.js';
export type { Hit, Hits } from './similarity/index/hits.js';
export type { IndexStats } from './similarity/index/index-stats.js';
export type { AsyncNeighborGraphOptions, NeighborGraphOptions } from './similarity/index/neighbor-graph.js';
export type { AsyncSearchOptions, SearchOptions } from './similarity/index/search-options.js';
export type { AsyncSimilarPairsOptions, SimilarPair, SimilarPairsOptions } from './similarity/index/similar-pairs.js';
export { VectorIndex } from './similarity/index/vector-index.js';
export type {
  AsyncLoadBytesOptions,
  AsyncSaveBytesOptions,
  LoadBytesOptions,
  LoadOptions,
  SaveBytesOptions,
  SaveOptions,
} from './similarity/index-file/options.js';
export {
  type BatchOptions,
  type MatrixOptions,
  pairedSimilarities,
  similarities,
  similarityMatrix,
} from './similarity/pairs/batch.js';
export { cosineDistance, cosineSimilarity, dot, euclidean, norm, normalize } from './similarity/pairs/pair.js';
export { topK } from './similarity/pairs/top-k.js';
export type {
  AddOptions,
  AsyncAddOptions,
  AsyncFromOptions,
  FromOptions,
  IndexOptions,
} from './similarity/rows/index-options.js';
export type { DimsTensor, ShapeTensor, Tensor } from './similarity/tensors.js';
export type { Matrix, Vector, Vectors } from './similarity/vectors.js';
export type { OnProgress, Progress } from './turns/progress.js';
