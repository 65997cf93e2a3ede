/** What a model is asked: options of a recommendation and profiles, checked, with the defaults filled in. */
import { readChoice, readFlag, readIterable } from '../../arguments/choices.js';
import { readK, readNumber } from '../../arguments/numbers.js';
import { readObject } from '../../arguments/objects.js';
import { refusal } from '../../arguments/refuse.js';
import { show } from '../../arguments/show.js';
import { KindredError } from '../../errors.js';
import type { SparseRow } from '../data/csr.js';
import { mergeValues, toFloat32 } from '../data/gather.js';
import type { Id } from '../data/ids.js';
import type { Interactions } from '../data/interactions.js';
import type { Profile, RecommendOptions } from './recommender.js';

export const DEFAULT_K = 10;
const FALLBACKS = ['popular', 'none'] as const;
/** The fewest candidates that leave a choice. */
const FETCH_MIN = 20;

/** How items are to be ranked. */
export interface RankRequest {
  /** Items per user, at most as many as there are. */
  readonly k: number;
  readonly minScore: number;
  /** One byte per item, nonzero admits; absent admits all. */
  readonly admit: Uint8Array | undefined;
  readonly excludeSeen: boolean;
}

/** One recommendation, or many. */
export interface Request extends RankRequest {
  /** Whether someone without history gets what is popular, or nothing. */
  readonly fallback: boolean;
  readonly diverse: { readonly lambda: number; readonly fetchK: number } | undefined;
}

/** @throws KindredError INVALID_ARGUMENT, INVALID_K, UNKNOWN_ID */
export function readRequest<U extends Id, I extends Id>(
  options: RecommendOptions<I>,
  interactions: Interactions<U, I>,
): Request {
  const {
    k = DEFAULT_K,
    excludeSeen = true,
    items,
    minScore = Number.NEGATIVE_INFINITY,
    fallback = 'popular',
  } = readObject(options, '{ k: 10 }');
  if (typeof minScore !== 'number' || Number.isNaN(minScore)) throw refusal('minScore', minScore, 'a number');
  const count = interactions.items.length;
  const atMost = Math.min(readK(k), count);
  return {
    k: atMost,
    minScore,
    admit: items === undefined ? undefined : admitOnly(items, interactions),
    excludeSeen: readFlag(excludeSeen, 'excludeSeen'),
    fallback: readChoice(fallback, 'fallback', FALLBACKS) === 'popular',
    diverse: readDiversity(options.diverse, atMost, count),
  };
}

function admitOnly<U extends Id, I extends Id>(items: Iterable<I>, interactions: Interactions<U, I>): Uint8Array {
  const admit = new Uint8Array(interactions.items.length);
  for (const item of interactions.itemPositions(readIterable(items, 'items'))) admit[item] = 1;
  return admit;
}

/** @throws KindredError INVALID_ARGUMENT, INVALID_K for `fetchK`. */
function readDiversity(given: RecommendOptions['diverse'], k: number, count: number): Request['diverse'] {
  if (given === undefined || given === false) return undefined;
  if (given !== true && (typeof given !== 'object' || given === null)) {
    throw refusal('diverse', given, 'true or { lambda, fetchK }');
  }
  const { fetchK = Math.max(FETCH_MIN, 2 * k), lambda = 0.5 } = given === true ? {} : given;
  if (readK(fetchK, 'fetchK') < k) {
    throw new KindredError('INVALID_ARGUMENT', `fetchK must be at least k, and ${fetchK} is less than ${k}`);
  }
  return { lambda: readNumber(lambda, 'lambda', { from: 0, to: 1 }), fetchK: Math.min(fetchK, count) };
}

/** A profile from outside as a row of users x items. @throws KindredError INVALID_ARGUMENT, NOT_FINITE, UNKNOWN_ID */
export function readProfile<U extends Id, I extends Id>(
  profile: Profile<I>,
  interactions: Interactions<U, I>,
): SparseRow {
  const given = readIterable<I | readonly [I, number]>(profile, 'the profile');
  const entries = Array.from(given, (entry): readonly [I, number] => {
    if (Array.isArray(entry) && entry.length === 2) return entry as unknown as readonly [I, number];
    if (typeof entry !== 'object') return [entry, 1];
    throw new KindredError('INVALID_ARGUMENT', 'a profile consists of items or of pairs [item, value]');
  });
  const positions = interactions.itemPositions(entries.map(([item]) => item));
  const values = new Map<number, number>();
  entries.forEach(([item, value], n) => {
    const where = () => `The profile's item ${show(item)}`;
    const single = toFloat32(value, where);
    const earlier = values.get(positions[n]);
    const merged = earlier === undefined ? single : mergeValues(interactions.duplicates, earlier, single, where);
    values.set(positions[n], merged);
  });
  const ascending = Uint32Array.from(values.keys()).sort();
  return { indices: ascending, values: Float32Array.from(ascending, (item) => values.get(item) as number) };
}
