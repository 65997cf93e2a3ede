/** From a definition and events to a model of the library. The one place that knows the classes. */
import { KindredError } from 'kindred';
import {
  type AnyModel,
  Ease,
  Hybrid,
  type HybridClass,
  ImplicitAls,
  type InteractionRecord,
  Interactions,
  ItemKnn,
  Popularity,
  type TrainingOptions,
  UserKnn,
} from 'kindred/recommend';
import type { StoredEvent } from '../schema/behaviour.js';
import type { Kind, ModelInput } from '../schema/models.js';

const CLASSES = {
  'item-knn': ItemKnn,
  'user-knn': UserKnn,
  ease: Ease,
  als: ImplicitAls,
  popularity: Popularity,
} as const satisfies Record<Kind, HybridClass['model']>;

/** Models that events change at once, equal to a training anew. */
export function isLive({ kind }: ModelInput): boolean {
  return kind === 'item-knn' || kind === 'user-knn' || kind === 'popularity';
}

export function nothingYet({ duplicates }: ModelInput): Interactions {
  return Interactions.from([], { duplicates });
}

/** What events mean to a model: those of types that it does not count are left out. */
export function recordsOf({ events: weights }: ModelInput, events: Iterable<StoredEvent>): InteractionRecord[] {
  const records: InteractionRecord[] = [];
  for (const { user, item, type, value, time } of events) {
    const weight = weights === undefined ? 1 : Object.hasOwn(weights, type) ? weights[type] : undefined;
    if (weight !== undefined) records.push({ user, item, value: value * weight, time });
  }
  return records;
}

/** @throws KindredError for options that the model does not have */
export async function fit(
  definition: ModelInput,
  interactions: Interactions,
  turns: TrainingOptions = {},
): Promise<AnyModel> {
  const { kind, options, members, method } = definition;
  if (kind !== 'mixture') return (await CLASSES[kind].fitAsync(interactions, { ...options, ...turns })) as AnyModel;
  if (members === undefined) throw new KindredError('INVALID_ARGUMENT', 'a mixture needs members');
  const models = members.map((each) => ({
    model: CLASSES[each.kind],
    weight: each.weight,
    options: each.options,
  })) as HybridClass[];
  return Hybrid.fitAsync(interactions, { models, method, ...turns });
}

/** The model of nothing, for a kind that takes events in at once. */
export function fitToNothing(definition: ModelInput): AnyModel {
  return fitLive(definition, nothingYet(definition));
}

function fitLive({ kind, options }: ModelInput, interactions: Interactions): AnyModel {
  return CLASSES[kind as Kind].fit(interactions, options) as AnyModel;
}

/** The model with these events taken in: equal, bit for bit, to one trained anew. Only for kinds that are live. */
export function withEvents(definition: ModelInput, model: AnyModel, events: readonly StoredEvent[]): AnyModel {
  const records = recordsOf(definition, events);
  if (records.length === 0) return model;
  if (model instanceof ItemKnn || model instanceof UserKnn) return model.add(records) as AnyModel;
  return fitLive(definition, model.interactions.add(records));
}

/** Refuses a definition that the library would refuse, before it is stored. @throws KindredError */
export async function checkDefinition(definition: ModelInput): Promise<void> {
  const { kind, members, method } = definition;
  if (kind === 'mixture' ? members === undefined : members !== undefined || method !== undefined) {
    const message = `members and method are for the kind mixture, which needs members; the kind is ${kind}`;
    throw new KindredError('INVALID_ARGUMENT', message);
  }
  const few = ['ab', 'bc', 'ca'].flatMap((items, user) =>
    [...items].map((item, time) => ({ user: `${user}`, item, time })),
  );
  await fit(definition, Interactions.from(few));
}
