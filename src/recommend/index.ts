/**
 * Recommenders that learn from who did what, and can say why.
 * @module kindred/recommend
 */
export type { CsvSource } from './csv.js';
export type { Duplicates } from './gather.js';
export type { Id } from './ids.js';
export { type CsvOptions, type Interaction, Interactions, type InteractionsOptions } from './interactions.js';
export { ItemKnn } from './item-knn.js';
export type {
  Explanation,
  ItemReason,
  NeighborhoodOptions,
  Profile,
  Recommendation,
  Recommender,
  RecommendOptions,
  SimilarItem,
  SimilarUser,
  UserReason,
} from './recommender.js';
export { UserKnn } from './user-knn.js';
