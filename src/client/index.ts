/**
 * Asks a kindred-server from anywhere that has `fetch`.
 * @module kindred/client
 */
export { KindredClient } from './client.js';
export { type ClientOptions, type Fetch, type FetchAnswer, type FetchInit, RequestError, type Send } from './send.js';
export type {
  ComparisonAnswer,
  EventInput,
  EventsTaken,
  ExplainAnswer,
  ExplainInput,
  Forgotten,
  ItemAnswer,
  ItemInput,
  PeopleYouMayKnowInput,
  RecommendAnswer,
  RecommendInput,
  SearchAnswer,
  SearchesAnswer,
  SearchInput,
  Signature,
  SimilarItemsAnswer,
  SimilarItemsInput,
  SimilarUsersAnswer,
  SimilarUsersInput,
  UserAnswer,
  VectorInput,
  WireBoost,
  WireHit,
  WireId,
  WireJob,
  WirePerson,
  WireProperties,
  WireReason,
  WireTime,
  Written,
} from './types.js';
