/** Several models as one: their scores added, or their ranks. */
import type { Backend } from '../../../backend/contract/backend.js';
import { KindredError } from '../../../errors.js';
import { type Id, quote, requireIterable } from '../../data/ids.js';
import type { Interactions } from '../../data/interactions.js';
import { type AnyModel, Model, type Person, requireInteractions, type ScoreTerms } from '../model.js';
import { MODEL_CLASSES, type ModelClasses } from '../model-classes.js';
import { fromBytes, type LoadModelOptions, load, type ModelParts } from '../model-file.js';
import type { ModelReason } from '../recommender.js';
import { readTrainingOptions, type TrainingOptions } from '../training.js';
import { contributionsOf, type Fusion, type HybridOptions, readFusion } from './fusion.js';

interface Share {
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

interface Member<U extends Id, I extends Id> {
  readonly model: AnyModel<U, I>;
  readonly weight: number;
  readonly name: string;
}

/**
 * Fusion of models that learned from the same interactions:
 *
 *     weighted:  score(item) = Σ weight · scaled score        rrf:  score(item) = Σ weight / (rankConstant + rank)
 *
 * over the models that can rank the item, in their order, in float64. A rank is 1 and the number of items before it that the
 * person does not have, by the model's own order. Reciprocal rank fusion: Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion
 * Outperforms Condorcet and Individual Rank Learning Methods", SIGIR 2009. With `zscore` an item that a model cannot rank
 * counts as the least it ranks for this person, because 0 would be its average.
 *
 * Nothing but the person decides a score: not `k`, not the candidates, not whether seen items are left out. Similar items and
 * users are those with the largest cosine.
 * @example
 * const interactions = Interactions.from([
 *   { user: 'Ann', item: 'tea' }, { user: 'Ben', item: 'tea' }, { user: 'Ben', item: 'milk' },
 * ]);
 * const members = [{ model: ItemKnn.fit(interactions), weight: 2 }, Popularity.fit(interactions)];
 * Hybrid.of(members, { method: 'rrf' }).recommend('Ann')[0].item; // 'milk'
 */
export class Hybrid<U extends Id = string, I extends Id = string> extends Model<U, I, ModelReason> {
  /** The models it is mixed from, which can be asked themselves. */
  readonly members: readonly Member<U, I>[];
  readonly #fusion: Fusion;

  private constructor(members: readonly Member<U, I>[], fusion: Fusion) {
    super(members[0].model.interactions);
    this.members = members;
    this.#fusion = fusion;
  }

  /**
   * Mixes models that are trained already.
   * @throws KindredError INVALID_ARGUMENT for no models, for models of different interactions, and for options.
   */
  static of<U extends Id, I extends Id>(
    members: Iterable<AnyModel<U, I> | HybridMember<U, I>>,
    options: HybridOptions = {},
  ): Hybrid<U, I> {
    const fusion = readFusion(options);
    const read = readMembers<U, I>(Array.from(requireIterable('The list of models', members)));
    for (const { model, name } of read) requireSame(name, model.interactions, read[0].name, read[0].model.interactions);
    return new Hybrid(read, fusion);
  }

  /**
   * Trains the classes among `models` and mixes all.
   * @throws KindredError as `of`, and as the `fit` of the classes.
   */
  static fit<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    options: HybridFitOptions<U, I>,
  ): Hybrid<U, I> {
    const given = readGiven(interactions, options);
    return mixed(
      interactions,
      given.map((each) => {
        return isClass(each) ? { ...each, model: each.model.fit(interactions, each.options) as AnyModel<U, I> } : each;
      }),
      options,
    );
  }

  /** The same, one class after the other, each without holding up other events. Errors as for `fit`. */
  static async fitAsync<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    options: HybridFitOptions<U, I> & TrainingOptions,
  ): Promise<Hybrid<U, I>> {
    const given = readGiven(interactions, options);
    const { signal, onProgress } = readTrainingOptions(options);
    const trained: (AnyModel<U, I> | HybridMember<U, I>)[] = [];
    for (const [n, each] of given.entries()) {
      if (!isClass(each)) {
        trained.push(each);
        continue;
      }
      const told: TrainingOptions['onProgress'] =
        onProgress &&
        ((progress) => onProgress({ ...progress, phase: `${progress.phase} (model ${n + 1} of ${given.length})` }));
      const model = await each.model.fitAsync(interactions, { ...each.options, signal, onProgress: told });
      trained.push({ ...each, model: model as AnyModel<U, I> });
    }
    return mixed(interactions, trained, options);
  }

  /**
   * A model out of the bytes that `toBytes` gave, on any platform.
   * @throws KindredError CORRUPT_FILE naming what was found and where; MODEL_MISMATCH for a model of another class.
   */
  static fromBytes<U extends Id = string, I extends Id = string>(
    bytes: Uint8Array,
    options: LoadModelOptions = {},
  ): Hybrid<U, I> {
    return fromBytes('Hybrid', bytes, options, Hybrid.fromParts<U, I>);
  }

  /** A model out of a file that `save` wrote. Node only. Errors as for `fromBytes`, and the system's own. */
  static async load<U extends Id = string, I extends Id = string>(
    path: string | URL,
    options: LoadModelOptions = {},
  ): Promise<Hybrid<U, I>> {
    return load('Hybrid', path, options, Hybrid.fromParts<U, I>);
  }

  /** A model from what `parts` wrote. @throws KindredError CORRUPT_FILE */
  static fromParts<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    { options, models = [] }: Pick<ModelParts, 'options' | 'models'>,
    backend?: Backend | string,
  ): Hybrid<U, I> {
    const { weights, names, ...fusion } = options as { weights?: unknown; names?: unknown };
    if (!isListFor(models, weights) || !isListFor(models, names)) {
      throw new KindredError('CORRUPT_FILE', `A hybrid of ${models.length} models has no weight or name for each.`);
    }
    return Hybrid.of(
      models.map((each, n) => ({
        model: modelOf(interactions, each, backend),
        weight: weights[n] as number,
        name: names[n] as string,
      })),
      fusion,
    );
  }

  protected override scoresFor(person: Person): Float64Array {
    const scores = new Float64Array(this.interactions.items.length).fill(Number.NaN);
    for (const contributions of this.#contributions(person)) {
      for (let item = 0; item < scores.length; item++) {
        const contribution = contributions[item];
        if (Number.isNaN(contribution)) continue;
        scores[item] = (Number.isNaN(scores[item]) ? 0 : scores[item]) + contribution;
      }
    }
    return scores;
  }

  protected override termsOf(person: Person, item: number): ScoreTerms {
    const terms = this.#contributions(person)
      .map((contributions, position) => ({ position, contribution: contributions[item] }))
      .filter(({ contribution }) => !Number.isNaN(contribution));
    return { score: terms.reduce((sum, { contribution }) => sum + contribution, 0), terms };
  }

  protected override reasonAt(position: number, contribution: number): ModelReason {
    return { model: this.members[position].name, contribution };
  }

  protected override toParts(): ModelParts {
    const weights = this.members.map(({ weight }) => weight);
    const names = this.members.map(({ name }) => name);
    return {
      name: 'Hybrid',
      options: { ...this.#fusion, weights, names },
      arrays: {},
      models: this.members.map(({ model }) => Model.partsOfModel(model)),
    };
  }

  #contributions(person: Person): Float64Array[] {
    const weights = this.members.map(({ weight }) => weight);
    const scores = this.members.map(({ model }) => Model.scoresOfModel(model, person));
    return contributionsOf(scores, weights, person.profile.indices, this.#fusion);
  }
}

/** The model that the parts in a file describe, a hybrid or one that learned by itself. @throws KindredError CORRUPT_FILE */
export function modelOf<U extends Id, I extends Id>(
  interactions: Interactions<U, I>,
  parts: ModelParts,
  backend?: Backend | string,
): AnyModel<U, I> {
  const classes = { ...MODEL_CLASSES, Hybrid };
  if (!Object.hasOwn(classes, parts.name)) {
    const known = Object.keys(classes).join(', ');
    throw new KindredError('CORRUPT_FILE', `a model of the class ${quote(parts.name)}; expected one of ${known}`);
  }
  return classes[parts.name as keyof typeof classes].fromParts(interactions, parts, backend) as AnyModel<U, I>;
}

/** What every class that can be trained has. */
interface Trainable {
  fit(interactions: unknown, options: unknown): unknown;
  fitAsync(interactions: unknown, options: unknown): Promise<unknown>;
}

type Given<U extends Id, I extends Id> =
  | AnyModel<U, I>
  | HybridMember<U, I>
  | (Share & { model: Trainable; options?: object });

function isClass<U extends Id, I extends Id>(
  given: Given<U, I>,
): given is Share & { model: Trainable; options?: object } {
  return !(given instanceof Model) && typeof given?.model === 'function';
}

/** Checked as far as it can be before anything is trained. */
function readGiven<U extends Id, I extends Id>(
  interactions: unknown,
  options: HybridFitOptions<U, I>,
): readonly Given<U, I>[] {
  requireInteractions(interactions);
  readFusion(options);
  const given = Array.from(requireIterable('models', options.models)) as Given<U, I>[];
  given.forEach((each, n) => {
    if (!isClass(each)) return;
    requireShare(each, n);
    const { fit, fitAsync } = each.model;
    if (typeof fit === 'function' && typeof fitAsync === 'function') return;
    throw new KindredError('INVALID_ARGUMENT', `Model ${n} is a function; expected a class with fit, or a model.`);
  });
  return given;
}

function mixed<U extends Id, I extends Id>(
  interactions: Interactions<U, I>,
  trained: readonly (AnyModel<U, I> | HybridMember<U, I> | Given<U, I>)[],
  options: HybridOptions,
): Hybrid<U, I> {
  const hybrid = Hybrid.of(trained as (AnyModel<U, I> | HybridMember<U, I>)[], options);
  requireSame(hybrid.members[0].name, hybrid.interactions, 'fit', interactions);
  return hybrid;
}

function readMembers<U extends Id, I extends Id>(
  given: readonly (AnyModel<U, I> | HybridMember<U, I>)[],
): readonly Member<U, I>[] {
  if (given.length === 0)
    throw new KindredError('INVALID_ARGUMENT', 'A hybrid needs at least one model; there is none.');
  const counts = new Map<string, number>();
  const members = given.map((each, n) => {
    const { model, weight = 1, name } = (each instanceof Model ? { model: each } : (each ?? {})) as HybridMember<U, I>;
    if (!(model instanceof Model)) {
      const found = typeof model === 'function' ? 'a class, which only Hybrid.fit trains' : quote(model);
      throw new KindredError('INVALID_ARGUMENT', `Model ${n} is ${found}; expected a model or { model, weight }.`);
    }
    requireShare({ weight, name }, n);
    const own = Model.partsOfModel(model).name;
    const count = (counts.get(own) ?? 0) + 1;
    counts.set(own, count);
    return { model, weight, name: name ?? (count === 1 ? own : `${own} ${count}`) };
  });
  const twice = members.find(({ name }, n) => members.findIndex((each) => each.name === name) !== n);
  if (twice) throw new KindredError('INVALID_ARGUMENT', `Two models are called ${quote(twice.name)}; expected one.`);
  return members;
}

/** @throws KindredError INVALID_ARGUMENT */
function requireShare({ weight = 1, name }: Share, n: number): void {
  if (!(typeof weight === 'number' && Number.isFinite(weight) && weight > 0)) {
    const message = `The weight of model ${n} is ${quote(weight)}; expected a finite number above 0.`;
    throw new KindredError('INVALID_ARGUMENT', message);
  }
  if (name !== undefined && typeof name !== 'string') {
    throw new KindredError('INVALID_ARGUMENT', `The name of model ${n} is ${quote(name)}; expected a text.`);
  }
}

/** @throws KindredError INVALID_ARGUMENT unless both are the same, if not one object. */
function requireSame(name: string, a: Interactions<Id, Id>, other: string, b: Interactions<Id, Id>): void {
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
    `${name} and ${other} have interactions with different ${what}; expected models of the same interactions.`,
  );
}

function isListFor(models: readonly unknown[], list: unknown): list is readonly unknown[] {
  return Array.isArray(list) && list.length === models.length;
}
