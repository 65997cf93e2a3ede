/** Several models as one: their scores added, or their ranks. */
import { readIterable } from '../../../arguments/choices.js';
import { show } from '../../../arguments/show.js';
import type { Backend } from '../../../backend/contract/backend.js';
import { KindredError } from '../../../errors.js';
import { readTurnOptions, TURN_OPTIONS } from '../../../turns/steps.js';
import type { Id } from '../../data/ids.js';
import type { Interactions } from '../../data/interactions.js';
import { type AnyModel, type Gone, Model, type Person, type ScoreTerms } from '../model.js';
import { MODEL_CLASSES } from '../model-classes.js';
import type { ModelParts } from '../model-file/layout.js';
import { fromBytes, type LoadModelOptions, load } from '../model-file/load.js';
import type { ModelReason, TrainingOptions } from '../recommender.js';
import { contributionsOf, type Fusion, type HybridOptions, readFusion } from './fusion.js';
import {
  type HybridFitOptions,
  type HybridMember,
  isClass,
  type Member,
  readGiven,
  readMembers,
  requireSame,
} from './members.js';

/**
 * Fusion of models that learned from the same interactions:
 *
 *     weighted:  score(item) = Σ weight · scaled score        rrf:  score(item) = Σ weight / (rankConstant + rank)
 *
 * over the models that can rank the item, in their order, in float64. A rank is 1 and the number of items before it
 * that the person does not have, by the model's own order. Reciprocal rank fusion: Cormack, Clarke and Büttcher,
 * "Reciprocal Rank Fusion Outperforms Condorcet and Individual Rank Learning Methods", SIGIR 2009. With `zscore` an
 * item that a model cannot rank counts as the least it ranks for this person, because 0 would be its average.
 *
 * Nothing but the person decides a score: not `k`, not the candidates, not whether seen items are left out. Similar
 * items and users are those with the largest cosine.
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
    super(members?.[0].model.interactions);
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
    return Hybrid.#of(members, readFusion(options));
  }

  static #of<U extends Id, I extends Id>(
    members: Iterable<AnyModel<U, I> | HybridMember<U, I>>,
    fusion: Fusion,
  ): Hybrid<U, I> {
    const read = readMembers<U, I>(Array.from(readIterable(members, 'models')));
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
    const { given, fusion } = readGiven(interactions, options);
    const members = given.map((each) => {
      if (!isClass(each)) return each;
      const { model, options: own, ...share } = each;
      return { ...share, model: model.fit(interactions, own) as AnyModel<U, I> };
    });
    return Hybrid.#mixed(interactions, members, fusion);
  }

  /** The same, one class after the other, each without holding up other events. Errors as for `fit`. */
  static async fitAsync<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    options: HybridFitOptions<U, I> & TrainingOptions,
  ): Promise<Hybrid<U, I>> {
    const { given, fusion } = readGiven(interactions, options, TURN_OPTIONS);
    const { signal, onProgress } = readTurnOptions(options);
    const trained: (AnyModel<U, I> | HybridMember<U, I>)[] = [];
    for (const [n, each] of given.entries()) {
      if (!isClass(each)) {
        trained.push(each);
        continue;
      }
      const told: TrainingOptions['onProgress'] =
        onProgress &&
        ((progress) => onProgress({ ...progress, phase: `${progress.phase} (model ${n + 1} of ${given.length})` }));
      const { model, options: own, ...share } = each;
      const fitted = await model.fitAsync(interactions, { ...own, signal, onProgress: told });
      trained.push({ ...share, model: fitted as AnyModel<U, I> });
    }
    return Hybrid.#mixed(interactions, trained, fusion);
  }

  static #mixed<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    members: readonly (AnyModel<U, I> | HybridMember<U, I>)[],
    fusion: Fusion,
  ): Hybrid<U, I> {
    const hybrid = Hybrid.#of(members, fusion);
    requireSame(hybrid.members[0].name, hybrid.interactions, 'fit', interactions);
    return hybrid;
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

  /** Its members' answer to that, mixed as before. */
  protected override without(interactions: Interactions<U, I>, gone: Gone): Hybrid<U, I> {
    const members = this.members.map(({ model, ...share }) => {
      return { ...share, model: Model.withoutOfModel(model, interactions, gone) as AnyModel<U, I> };
    });
    return new Hybrid(members, this.#fusion);
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

/**
 * The model that the parts in a file describe, a hybrid or one that learned by itself.
 * @throws KindredError CORRUPT_FILE
 */
export function modelOf<U extends Id, I extends Id>(
  interactions: Interactions<U, I>,
  parts: ModelParts,
  backend?: Backend | string,
): AnyModel<U, I> {
  const classes = { ...MODEL_CLASSES, Hybrid };
  if (!Object.hasOwn(classes, parts.name)) {
    const known = Object.keys(classes).join(', ');
    throw new KindredError('CORRUPT_FILE', `a model of the class ${show(parts.name)}; expected one of ${known}`);
  }
  return classes[parts.name as keyof typeof classes].fromParts(interactions, parts, backend) as AnyModel<U, I>;
}

function isListFor(models: readonly unknown[], list: unknown): list is readonly unknown[] {
  return Array.isArray(list) && list.length === models.length;
}
