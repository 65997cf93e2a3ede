/** What is done to interactions before a model learns from them: a threshold, implicit feedback, the k-core. */
import { readChoice } from '../../arguments/choices.js';
import { readNumber } from '../../arguments/numbers.js';
import { type OptionNames, readObject } from '../../arguments/objects.js';
import { refusal } from '../../arguments/refuse.js';
import { transpose } from './csr.js';
import type { Gathered } from './gather.js';
import { type Id, IdMap } from './ids.js';
import { type DropReason, type InteractionsReport, withDropped } from './report.js';
import type { TimeUnit } from './time.js';

/** How many interactions each user and each item must have at least; 1 if absent. */
export interface KCore {
  readonly users?: number | undefined;
  readonly items?: number | undefined;
}

/**
 * In this order: duplicates are merged, then `minValue`, `feedback` and `kCore` apply to what each pair ended up with.
 */
export interface PreprocessOptions {
  /** Only pairs with at least this value are kept: 4 keeps the films that were rated 4 or better. All if absent. */
  readonly minValue?: number | undefined;
  /** `explicit` (default) keeps the values; `implicit` makes every value 1: that it happened is what counts. */
  readonly feedback?: 'explicit' | 'implicit' | undefined;
  /**
   * Drops users and items with too few interactions, again and again until all that are left have enough (the k-core of
   * the graph of users and items). A number holds for both.
   */
  readonly kCore?: number | KCore | undefined;
}

export const PREPROCESS_OPTIONS: OptionNames<PreprocessOptions> = { minValue: true, feedback: true, kCore: true };
const K_CORE: OptionNames<KCore> = { users: true, items: true };

/** Interactions with the names of their rows and columns. */
export interface Held<U extends Id, I extends Id> extends Gathered {
  readonly users: IdMap<U>;
  readonly items: IdMap<I>;
  readonly report: InteractionsReport;
  /** Undefined if nothing has a time, or nobody knows. */
  readonly timeUnit?: TimeUnit | undefined;
}

/** How many users and items, from position 0, stay even if they have nothing left. */
export interface Fixed {
  readonly users: number;
  readonly items: number;
}

export const NONE_FIXED: Fixed = { users: 0, items: 0 };

/** @throws KindredError INVALID_ARGUMENT */
export function requirePreprocessing({ minValue, feedback, kCore }: PreprocessOptions): PreprocessOptions {
  if (minValue !== undefined) readNumber(minValue, 'minValue');
  if (kCore !== undefined) requireKCore(kCore);
  if (feedback !== undefined) readChoice(feedback, 'feedback', ['explicit', 'implicit']);
  return { minValue, feedback, kCore };
}

export function preprocess<U extends Id, I extends Id>(
  held: Held<U, I>,
  { minValue, feedback, kCore }: PreprocessOptions,
  fixed: Fixed,
): Held<U, I> {
  let result = held;
  if (minValue !== undefined) result = applyMinValue(result, minValue, fixed);
  if (feedback === 'implicit') result = makeImplicit(result);
  if (kCore !== undefined) result = applyKCore(result, kCore, fixed);
  return result;
}

/** Users and items that lose their last interaction go, and so do those that had none. */
export function applyMinValue<U extends Id, I extends Id>(
  held: Held<U, I>,
  minValue: number,
  fixed: Fixed,
): Held<U, I> {
  readNumber(minValue, 'minValue');
  // Values are float32: 0.7 must reach 0.7.
  const least = Math.fround(minValue);
  const keep = Uint8Array.from(held.matrix.values, (value) => (value >= least ? 1 : 0));
  return compact(select(held, keep, 'minValue'), fixed);
}

export function makeImplicit<U extends Id, I extends Id>(held: Held<U, I>): Held<U, I> {
  return { ...held, matrix: { ...held.matrix, values: new Float32Array(held.matrix.values.length).fill(1) } };
}

/** Each interaction is looked at twice at most, however many rounds it would take to go through all of them. */
export function applyKCore<U extends Id, I extends Id>(
  held: Held<U, I>,
  kCore: number | KCore,
  fixed: Fixed,
): Held<U, I> {
  const least = requireKCore(kCore);
  const byUser = held.matrix;
  const byItem = transpose(byUser);
  const users = { least: least.users, matrix: byUser, left: degrees(byUser.indptr) };
  const items = { least: least.items, matrix: byItem, left: degrees(byItem.indptr) };
  const queue: [side: typeof users, position: number][] = [];
  for (const side of [users, items]) {
    side.left.forEach((degree, position) => {
      if (degree < side.least) queue.push([side, position]);
    });
  }
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const [side, gone] = next;
    const other = side === users ? items : users;
    // A mark that no further loss can bring to the threshold again.
    side.left[gone] = 0;
    for (let entry = side.matrix.indptr[gone]; entry < side.matrix.indptr[gone + 1]; entry++) {
      const neighbor = side.matrix.indices[entry];
      if (other.left[neighbor] === 0) continue;
      if (other.left[neighbor]-- === other.least) queue.push([other, neighbor]);
    }
  }
  const keep = new Uint8Array(byUser.indices.length);
  for (let user = 0; user < byUser.rows; user++) {
    if (users.left[user] < users.least) continue;
    for (let entry = byUser.indptr[user]; entry < byUser.indptr[user + 1]; entry++) {
      keep[entry] = items.left[byUser.indices[entry]] >= items.least ? 1 : 0;
    }
  }
  return compact(select(held, keep, 'kCore'), fixed);
}

/** The entries that are marked; users and items stay where they are. */
export function select<U extends Id, I extends Id>(
  held: Held<U, I>,
  keep: ArrayLike<number>,
  reason: DropReason,
): Held<U, I> {
  const { matrix, times } = held;
  const indptr = new Uint32Array(matrix.rows + 1);
  const kept: number[] = [];
  for (let user = 0; user < matrix.rows; user++) {
    for (let entry = matrix.indptr[user]; entry < matrix.indptr[user + 1]; entry++) if (keep[entry]) kept.push(entry);
    indptr[user + 1] = kept.length;
  }
  if (kept.length === matrix.indices.length) return held;
  return {
    ...held,
    matrix: {
      ...matrix,
      indptr,
      indices: Uint32Array.from(kept, (entry) => matrix.indices[entry]),
      values: Float32Array.from(kept, (entry) => matrix.values[entry]),
    },
    times: times && Float64Array.from(kept, (entry) => times[entry]),
    report: withDropped(held.report, kept.length, reason),
  };
}

/** Without the users and items that have nothing; the others keep their order. */
function compact<U extends Id, I extends Id>(held: Held<U, I>, fixed: Fixed): Held<U, I> {
  const { matrix } = held;
  const userDegrees = degrees(matrix.indptr);
  const itemDegrees = new Uint32Array(matrix.columns);
  for (const item of matrix.indices) itemDegrees[item]++;
  const users = held.users.ids.filter((_, user) => user < fixed.users || userDegrees[user] > 0);
  const items = held.items.ids.filter((_, item) => item < fixed.items || itemDegrees[item] > 0);
  if (users.length === matrix.rows && items.length === matrix.columns) return held;
  const itemNow = new Uint32Array(matrix.columns);
  for (let item = 0, next = 0; item < matrix.columns; item++) {
    itemNow[item] = next;
    if (item < fixed.items || itemDegrees[item] > 0) next++;
  }
  const indptr = [0];
  for (let user = 0; user < matrix.rows; user++) {
    if (user < fixed.users || userDegrees[user] > 0) indptr.push(matrix.indptr[user + 1]);
  }
  return {
    ...held,
    users: new IdMap('user', users),
    items: new IdMap('item', items),
    matrix: {
      rows: users.length,
      columns: items.length,
      indptr: Uint32Array.from(indptr),
      indices: matrix.indices.map((item) => itemNow[item]),
      values: matrix.values,
    },
  };
}

function degrees(indptr: Uint32Array): Uint32Array {
  return Uint32Array.from({ length: indptr.length - 1 }, (_, row) => indptr[row + 1] - indptr[row]);
}

function requireKCore(kCore: number | KCore): { users: number; items: number } {
  const given =
    typeof kCore === 'object' && kCore !== null
      ? readObject(kCore, '{ users: 5, items: 5 }', K_CORE)
      : { users: kCore, items: kCore };
  const { users = 1, items = 1 } = given;
  for (const [name, least] of Object.entries({ users, items })) {
    if (Number.isInteger(least) && least >= 1) continue;
    throw refusal(
      typeof kCore === 'object' ? `kCore.${name}` : 'kCore',
      least,
      'a positive integer or { users, items }',
    );
  }
  return { users, items };
}
