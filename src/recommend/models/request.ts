/** What a model is asked: options of a recommendation and profiles, checked, with the defaults filled in. */
import { readChoice, readFlag, readIterable } from '../../arguments/choices.js';
import { isId } from '../../arguments/ids.js';
import { readK, readNumber } from '../../arguments/numbers.js';
import { type OptionNames, readObject } from '../../arguments/objects.js';
import { refusal } from '../../arguments/refuse.js';
import { show } from '../../arguments/show.js';
import { KindredError } from '../../errors.js';
import type { SparseRow } from '../data/csr.js';
import { mergeValues, toFloat32 } from '../data/gather.js';
import type { Id } from '../data/ids.js';
import type { Interactions } from '../data/interactions.js';
import type {
  DiversityOptions,
  ExplainOptions,
  Profile,
  RecommendAllOptions,
  RecommendOptions,
} from './recommender.js';

export const DEFAULT_K = 10;
const FALLBACKS = ['popular', 'none'] as const;
const UNKNOWN_ITEMS = ['refuse', 'skip'] as const;
/** The fewest candidates that leave a choice. */
const FETCH_MIN = 20;

const RECOMMEND_OPTIONS: OptionNames<RecommendOptions> = {
  k: true,
  excludeSeen: true,
  items: true,
  excludeItems: true,
  unknownItems: true,
  minScore: true,
  diverse: true,
  fallback: true,
};
const RECOMMEND_ALL_OPTIONS: OptionNames<RecommendAllOptions> & OptionNames<RecommendOptions> = {
  ...RECOMMEND_OPTIONS,
  users: true,
};
const DIVERSITY_OPTIONS: OptionNames<DiversityOptions> = { lambda: true, fetchK: true };
const EXPLAIN_OPTIONS: OptionNames<ExplainOptions> = { unknownItems: true };
const EXAMPLE = '{ k: 10 }';

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
  /** Whether what is popular fills a list that is short. */
  readonly fallback: boolean;
  /** Whether items are passed over that the model has never met. */
  readonly skipUnknown: boolean;
  readonly diverse: { readonly lambda: number; readonly fetchK: number } | undefined;
}

/** @throws KindredError INVALID_ARGUMENT, INVALID_K, UNKNOWN_ID */
export function readOneRequest<U extends Id, I extends Id>(
  options: RecommendOptions<I>,
  interactions: Interactions<U, I>,
): Request {
  return readRequest(readObject(options, EXAMPLE, RECOMMEND_OPTIONS), interactions);
}

/** Of many, and the users asked about. @throws KindredError INVALID_ARGUMENT, INVALID_K, UNKNOWN_ID */
export function readAllRequest<U extends Id, I extends Id>(
  options: RecommendAllOptions<U, I>,
  interactions: Interactions<U, I>,
  others: Readonly<Record<string, true>> = {},
): { request: Request; users: readonly U[] } {
  const names = { ...RECOMMEND_ALL_OPTIONS, ...others };
  const read = readObject<RecommendAllOptions<U, I> & RecommendOptions<I>>(options, EXAMPLE, names);
  const request = readRequest(read, interactions);
  if (request.diverse) {
    throw new KindredError('INVALID_ARGUMENT', 'recommendAll does not re-rank: use recommend with diverse');
  }
  return { request, users: read.users === undefined ? interactions.users : [...readIterable(read.users, 'users')] };
}

/** Whether `explain` passes over items of a profile that the model has never met. */
export function readExplaining(options: ExplainOptions): boolean {
  const { unknownItems } = readObject(options, "{ unknownItems: 'skip' }", EXPLAIN_OPTIONS);
  return readSkipping(unknownItems);
}

function readSkipping(unknownItems: RecommendOptions['unknownItems'] = 'refuse'): boolean {
  return readChoice(unknownItems, 'unknownItems', UNKNOWN_ITEMS) === 'skip';
}

function readRequest<U extends Id, I extends Id>(
  options: RecommendOptions<I>,
  interactions: Interactions<U, I>,
): Request {
  const {
    k = DEFAULT_K,
    excludeSeen = true,
    items,
    excludeItems,
    minScore = Number.NEGATIVE_INFINITY,
    fallback = 'popular',
  } = options;
  if (typeof minScore !== 'number' || Number.isNaN(minScore)) throw refusal('minScore', minScore, 'a number');
  const count = interactions.items.length;
  const atMost = Math.min(readK(k), count);
  const skipUnknown = readSkipping(options.unknownItems);
  return {
    k: atMost,
    minScore,
    admit: readAdmitted(items, excludeItems, (given, name) => markItems(given, name, interactions, skipUnknown)),
    skipUnknown,
    excludeSeen: readFlag(excludeSeen, 'excludeSeen'),
    fallback: readChoice(fallback, 'fallback', FALLBACKS) === 'popular',
    diverse: readDiversity(options.diverse, atMost, count),
  };
}

function readAdmitted<I extends Id>(
  items: Iterable<I> | undefined,
  excluded: Iterable<I> | undefined,
  marked: (given: Iterable<I>, name: string) => Uint8Array,
): Uint8Array | undefined {
  const admit = items === undefined ? undefined : marked(items, 'items');
  if (excluded === undefined) return admit;
  const out = marked(excluded, 'excludeItems');
  return out.map((isOut, item) => (isOut === 0 && admit?.[item] !== 0 ? 1 : 0));
}

/** 1 for each of these items. */
function markItems<U extends Id, I extends Id>(
  given: Iterable<I>,
  name: string,
  interactions: Interactions<U, I>,
  skipUnknown: boolean,
): Uint8Array {
  const marks = new Uint8Array(interactions.items.length);
  const known = Array.from(readIterable(given, name)).filter(
    (item) => !skipUnknown || isOrMustBeKnown(item, interactions),
  );
  for (const item of interactions.itemPositions(known)) marks[item] = 1;
  return marks;
}

/** Whether an item is to be looked for. What is no id at all is, so that it is refused. */
function isOrMustBeKnown<U extends Id, I extends Id>(item: I, interactions: Interactions<U, I>): boolean {
  return !isId(item) || interactions.hasItem(item);
}

/** @throws KindredError INVALID_ARGUMENT, INVALID_K for `fetchK`. */
function readDiversity(given: RecommendOptions['diverse'], k: number, count: number): Request['diverse'] {
  if (given === undefined || given === false) return undefined;
  if (given !== true && (typeof given !== 'object' || given === null)) {
    throw refusal('diverse', given, 'true or { lambda, fetchK }');
  }
  const options = given === true ? {} : readObject(given, '{ lambda: 0.5 }', DIVERSITY_OPTIONS);
  const { fetchK = Math.max(FETCH_MIN, 2 * k), lambda = 0.5 } = options;
  if (readK(fetchK, 'fetchK') < k) {
    throw new KindredError('INVALID_ARGUMENT', `fetchK must be at least k, and ${fetchK} is less than ${k}`);
  }
  return { lambda: readNumber(lambda, 'lambda', { from: 0, to: 1 }), fetchK: Math.min(fetchK, count) };
}

/** A profile from outside as a row of users x items. @throws KindredError INVALID_ARGUMENT, NOT_FINITE, UNKNOWN_ID */
export function readProfile<U extends Id, I extends Id>(
  profile: Profile<I>,
  interactions: Interactions<U, I>,
  skipUnknown = false,
): SparseRow {
  const given = readIterable<I | readonly [I, number]>(profile, 'the profile');
  const all = Array.from(given, (entry): readonly [I, number] => {
    if (Array.isArray(entry) && entry.length === 2) return entry as unknown as readonly [I, number];
    if (typeof entry !== 'object') return [entry, 1];
    throw new KindredError('INVALID_ARGUMENT', 'a profile consists of items or of pairs [item, value]');
  });
  const entries = skipUnknown ? all.filter(([item]) => isOrMustBeKnown(item, interactions)) : all;
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
