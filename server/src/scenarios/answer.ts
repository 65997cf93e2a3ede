/** Answers under the name of a scenario: which model, which items it may name, and who signs. */
import { named, Refusal } from '../errors.js';
import type { Tenant } from '../live/tenant.js';
import type { LiveModel, Person } from '../models/live-model.js';
import type {
  ExplainAnswer,
  ExplainInput,
  RecommendAnswer,
  RecommendInput,
  SimilarItemsAnswer,
  SimilarItemsInput,
  SimilarUsersAnswer,
  SimilarUsersInput,
} from '../schema/scenarios.js';
import { newRecommId } from './recomm-id.js';
import { type Chosen, choose, runOf } from './split.js';

export function recommend(tenant: Tenant, name: string, asked: RecommendInput): RecommendAnswer {
  const chosen = asking(tenant, name, asked);
  const { scenario, model, arm } = chosen;
  const { minScore = scenario.minScore, diverse = scenario.diverse } = asked;
  const person = personOf(asked);
  const out = [...tenant.catalogue.withheld(Date.now()), ...(asked.excludeItems ?? [])];
  const found = model.recommend(person, {
    k: asked.k ?? scenario.k,
    excludeSeen: asked.excludeSeen ?? scenario.excludeSeen,
    fallback: asked.fallback ?? scenario.fallback,
    diverse: typeof diverse === 'number' ? { lambda: diverse } : diverse,
    minScore,
    items: tenant.catalogue.select(allOf(chosen.filters, asked.filter)),
    // An empty list would cost a look at every item.
    excludeItems: out.length === 0 ? undefined : out,
  });
  const items = found.map((each) =>
    asked.explain ? { ...each, reasons: each.fallback ? [] : [...model.explain(person, each.item).reasons] } : each,
  );
  const isFallback = items.length > 0 && items.every(({ fallback }) => fallback !== undefined);
  tenant.questions.count(name, chosen.whole, asked.user, { isEmpty: items.length === 0, isFallback });
  const recommId = newRecommId(
    name,
    arm !== undefined && asked.user !== undefined ? { run: runOf(chosen.whole), arm } : undefined,
  );
  return { ...signature(tenant, chosen), recommId, items, fallback: isFallback };
}

/** Filtered before they are counted: the whole list is asked for, and what may not be named is left out. */
export function similarItems(tenant: Tenant, name: string, asked: SimilarItemsInput): SimilarItemsAnswer {
  const asker = asking(tenant, name, asked);
  const { scenario, model } = asker;
  const k = asked.k ?? scenario.k;
  const chosen = tenant.catalogue.select(allOf(asker.filters, asked.filter));
  const withheld = new Set(tenant.catalogue.withheld(Date.now()));
  const isWhole = chosen === undefined && withheld.size === 0;
  const allowed = chosen && new Set(chosen);
  const found = model.similarItems(asked.item, isWhole ? k : Math.max(1, tenant.catalogue.size));
  const items = isWhole
    ? found
    : found.filter(({ item }) => !withheld.has(item) && allowed?.has(item) !== false).slice(0, k);
  return { ...signature(tenant, asker), recommId: newRecommId(name), items };
}

export function similarUsers(tenant: Tenant, name: string, asked: SimilarUsersInput): SimilarUsersAnswer {
  const chosen = asking(tenant, name, asked);
  const users = chosen.model.similarUsers(asked.user, asked.k ?? chosen.scenario.k);
  return { users, ...signature(tenant, chosen) };
}

export function explain(tenant: Tenant, name: string, asked: ExplainInput): ExplainAnswer {
  const chosen = asking(tenant, name, asked);
  const { score, base, reasons } = chosen.model.explain(personOf(asked), asked.item);
  return { score, ...(base === undefined ? {} : { base }), reasons: [...reasons], ...signature(tenant, chosen) };
}

interface Asker extends Chosen {
  readonly model: LiveModel;
}

/** The scenario as it answers who asks, and its model, which has taken in what the caller insists on. */
function asking(tenant: Tenant, name: string, { user, asOf = 0 }: { user?: string; asOf?: number }): Asker {
  const chosen = choose(name, named(tenant.scenarios, 'scenario', name), user);
  const model = named(tenant.models, 'model', chosen.scenario.model);
  if (asOf > tenant.seq) {
    throw new Refusal('CONFLICT', `asOf is ${asOf}, and the last write was ${tenant.seq}.`);
  }
  if (model.asOf(tenant.seq) < asOf) model.catchUp();
  return { ...chosen, model };
}

function signature(tenant: Tenant, { model, arm }: Asker) {
  const who = { asOf: model.asOf(tenant.seq), model: model.name, version: model.version };
  return arm === undefined ? who : { ...who, arm };
}

function personOf({ user, profile }: Pick<RecommendInput, 'user' | 'profile'>): Person {
  if (user !== undefined) return { user };
  return {
    profile: (profile ?? []).map((entry) => (typeof entry === 'string' ? [entry, 1] : [entry.item, entry.value])),
  };
}

function allOf(filters: readonly string[], asked: string | undefined): readonly string[] {
  return asked === undefined ? filters : [...filters, asked];
}
