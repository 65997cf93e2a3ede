/** What a hybrid is mixed from: models, and classes that are to be trained; checked as far as they can be. */
import { readIterable } from '../../../arguments/choices.js';
import { readNumber } from '../../../arguments/numbers.js';
import { type OptionNames, reading, readObject } from '../../../arguments/objects.js';
import { refusal } from '../../../arguments/refuse.js';
import { show } from '../../../arguments/show.js';
import { KindredError } from '../../../errors.js';
import type { Id } from '../../data/ids.js';
import { type Interactions, requireInteractions } from '../../data/interactions.js';
import { type AnyModel, Model } from '../model.js';
import type { ModelClasses } from '../model-classes.js';
import { type Fusion, type HybridOptions, readFusion } from './fusion.js';

export interface Share {
  /** How much it counts, a finite number above 0. Default 1. */
  readonly weight?: number | undefined;
  /** What explanations call it. Default its class, numbered where there are several. */
  readonly name?: string | undefined;
}

/** A model that is trained already. */
export interface HybridMember<U extends Id = string, I extends Id = string> extends Share {
  readonly model: AnyModel<U, I>;
}

/** A class of models and the options for its `fit`. */
export type HybridClass = Share & { [Name in keyof ModelClasses]: Choice<ModelClasses[Name]> }[keyof ModelClasses];

interface Choice<Class extends { fit(interactions: never, options?: never): unknown }> {
  readonly model: Class;
  readonly options?: Parameters<Class['fit']>[1];
}

export interface HybridFitOptions<U extends Id = string, I extends Id = string> extends HybridOptions {
  /** Classes to be trained, and models that have learned from the same interactions. */
  readonly models: Iterable<HybridClass | HybridMember<U, I> | AnyModel<U, I>>;
}

export interface Member<U extends Id, I extends Id> {
  readonly model: AnyModel<U, I>;
  readonly weight: number;
  readonly name: string;
}

/** What every class that can be trained has. */
export interface Trainable {
  fit(interactions: unknown, options: unknown): unknown;
  fitAsync(interactions: unknown, options: unknown): Promise<unknown>;
}

export type Given<U extends Id, I extends Id> =
  | AnyModel<U, I>
  | HybridMember<U, I>
  | (Share & { model: Trainable; options?: object });

export function isClass<U extends Id, I extends Id>(
  given: Given<U, I>,
): given is Share & { model: Trainable; options?: object } {
  return reading('a model', () => !(given instanceof Model) && typeof given?.model === 'function');
}

const SHARE: OptionNames<HybridMember> = { model: true, weight: true, name: true };
const CLASS_OPTIONS: OptionNames<Share & { model: Trainable; options?: object }> = { ...SHARE, options: true };

/**
 * Checked as far as it can be before anything is trained.
 * @param others names of options that are no matter of the mixture
 */
export function readGiven<U extends Id, I extends Id>(
  interactions: unknown,
  options: HybridFitOptions<U, I>,
  others: Readonly<Record<string, true>> = {},
): { given: readonly Given<U, I>[]; fusion: Fusion } {
  requireInteractions(interactions);
  const fusion = readFusion(options, { models: true, ...others });
  const given = Array.from(readIterable(options.models, 'models')) as Given<U, I>[];
  const read = given.map((each, n) => {
    if (typeof each === 'function') {
      throw refusal(`model ${n}`, each, 'a model, or a class and its options: { model: ItemKnn, options: {} }');
    }
    if (!isClass(each)) return each;
    const asked = readObject(each, '{ model: ItemKnn, weight: 2 }', CLASS_OPTIONS);
    requireShare(asked, n);
    const { fit, fitAsync } = asked.model;
    if (typeof fit === 'function' && typeof fitAsync === 'function') return asked;
    throw refusal(`model ${n}`, asked.model, 'a class with fit and fitAsync, or a model');
  });
  return { given: read, fusion };
}

export function readMembers<U extends Id, I extends Id>(
  given: readonly (AnyModel<U, I> | HybridMember<U, I>)[],
): readonly Member<U, I>[] {
  if (given.length === 0)
    throw new KindredError('INVALID_ARGUMENT', 'models must hold at least one model, and there is none');
  const counts = new Map<string, number>();
  const members = given.map((each, n) => {
    const member = each instanceof Model || typeof each !== 'object' || each === null ? { model: each } : each;
    const { model, weight = 1, name } = readObject(member as HybridMember<U, I>, '{ model, weight: 2 }', SHARE);
    if (!(model instanceof Model)) {
      const expected = typeof model === 'function' ? ', since only Hybrid.fit trains classes' : ' or { model, weight }';
      throw refusal(`model ${n}`, model, `a model${expected}`);
    }
    requireShare({ weight, name }, n);
    const own = Model.partsOfModel(model).name;
    const count = (counts.get(own) ?? 0) + 1;
    counts.set(own, count);
    return { model, weight, name: name ?? (count === 1 ? own : `${own} ${count}`) };
  });
  const twice = members.find(({ name }, n) => members.findIndex((each) => each.name === name) !== n);
  if (twice)
    throw new KindredError(
      'INVALID_ARGUMENT',
      `two models are called ${show(twice.name)}, and a name must be one's own`,
    );
  return members;
}

/** @throws KindredError INVALID_ARGUMENT */
function requireShare({ weight = 1, name }: Share, n: number): void {
  readNumber(weight, `the weight of model ${n}`, { above: 0 });
  if (name !== undefined && typeof name !== 'string') throw refusal(`the name of model ${n}`, name, 'a text');
}

/** @throws KindredError INVALID_ARGUMENT unless both are the same, if not one object. */
export function requireSame(name: string, a: Interactions<Id, Id>, other: string, b: Interactions<Id, Id>): void {
  if (a === b) return;
  const [these, those] = [a.toParts(), b.toParts()];
  const different = (['users', 'items', 'indptr', 'indices', 'values'] as const).find((which) => {
    const [left, right] = [these[which], those[which]] as [ArrayLike<Id>, ArrayLike<Id>];
    if (left.length !== right.length) return true;
    for (let n = 0; n < left.length; n++) if (left[n] !== right[n]) return true;
    return false;
  });
  if (different === undefined) return;
  const what = different === 'indptr' || different === 'indices' ? 'pairs of user and item' : different;
  throw new KindredError(
    'INVALID_ARGUMENT',
    `${name} and ${other} must have the same interactions, and their ${what} differ`,
  );
}
