/** What one request may ask for at most. The documentation of the API names each. */
export const LIMITS = {
  /** Bytes of a body, but for streams of lines. */
  bodyBytes: 16 * 2 ** 20,
  /** Bytes of one line of a stream. */
  lineBytes: 64 * 2 ** 10,
  /** Objects and arrays inside each other. */
  depth: 16,
  /** UTF-16 units of an id. */
  idLength: 256,
  k: 1000,
  /** Events, items, users or vectors in one request. */
  batch: 10_000,
  /** Searches in one request. */
  searches: 1000,
  dim: 8192,
  /** Entries of a profile. */
  profile: 10_000,
  /** Characters of a filter, and its conditions. */
  filterLength: 4096,
  filterConditions: 128,
  /** Properties of an item, user or vector, and the characters of a text among them. */
  properties: 64,
  textLength: 4096,
  /** Searches that wait for one index. */
  waiting: 1024,
  /** Pairs of near-duplicates. */
  pairs: 1_000_000,
  /** Of memory, about: the result of a job, and all those that are kept. */
  resultBytes: 256 * 2 ** 20,
} as const;
