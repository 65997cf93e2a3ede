/** Answers under the name of a scenario: which model, which items it may name, and who signs. */
import { randomBytes } from 'node:crypto';
import { named, Refusal } from '../errors.js';
import type { Tenant } from '../live/tenant.js';
import type { LiveModel, Person } from '../models/live-model.js';
import type {
  ExplainAnswer,
  ExplainInput,
  RecommendAnswer,
  RecommendInput,
  ScenarioInput,
  SimilarItemsAnswer,
  SimilarItemsInput,
  SimilarUsersAnswer,
  SimilarUsersInput,
} from '../schema/scenarios.js';

export function recommend(tenant: Tenant, name: string, asked: RecommendInput): RecommendAnswer {
  const { scenario, model } = asking(tenant, name, asked.asOf);
  const { minScore = scenario.minScore, diverse = scenario.diverse } = asked;
  const person = personOf(asked);
  const out = [...tenant.catalogue.withheld(Date.now()), ...(asked.excludeItems ?? [])];
  const found = model.recommend(person, {
    k: asked.k ?? scenario.k,
    excludeSeen: asked.excludeSeen ?? scenario.excludeSeen,
    fallback: asked.fallback ?? scenario.fallback,
    diverse: typeof diverse === 'number' ? { lambda: diverse } : diverse,
    minScore,
    items: tenant.catalogue.select(filtersOf(scenario, asked.filter)),
    // An empty list would cost a look at every item.
    excludeItems: out.length === 0 ? undefined : out,
  });
  const items = found.map((each) =>
    asked.explain ? { ...each, reasons: each.fallback ? [] : [...model.explain(person, each.item).reasons] } : each,
  );
  const isFallback = items.length > 0 && items.every(({ fallback }) => fallback !== undefined);
  return { ...signature(tenant, model), recommId: recommId(name), items, fallback: isFallback };
}

/** Filtered before they are counted: the whole list is asked for, and what may not be named is left out. */
export function similarItems(tenant: Tenant, name: string, asked: SimilarItemsInput): SimilarItemsAnswer {
  const { scenario, model } = asking(tenant, name, asked.asOf);
  const k = asked.k ?? scenario.k;
  const chosen = tenant.catalogue.select(filtersOf(scenario, asked.filter));
  const withheld = new Set(tenant.catalogue.withheld(Date.now()));
  const isWhole = chosen === undefined && withheld.size === 0;
  const allowed = chosen && new Set(chosen);
  const found = model.similarItems(asked.item, isWhole ? k : Math.max(1, tenant.catalogue.size));
  const items = isWhole
    ? found
    : found.filter(({ item }) => !withheld.has(item) && allowed?.has(item) !== false).slice(0, k);
  return { ...signature(tenant, model), recommId: recommId(name), items };
}

export function similarUsers(tenant: Tenant, name: string, asked: SimilarUsersInput): SimilarUsersAnswer {
  const { scenario, model } = asking(tenant, name, asked.asOf);
  return { users: model.similarUsers(asked.user, asked.k ?? scenario.k), ...signature(tenant, model) };
}

export function explain(tenant: Tenant, name: string, asked: ExplainInput): ExplainAnswer {
  const { model } = asking(tenant, name, asked.asOf);
  const { score, base, reasons } = model.explain(personOf(asked), asked.item);
  return { score, ...(base === undefined ? {} : { base }), reasons: [...reasons], ...signature(tenant, model) };
}

/** The scenario and its model, which has taken in what the caller insists on. */
function asking(tenant: Tenant, name: string, atLeast = 0): { scenario: ScenarioInput; model: LiveModel } {
  const scenario = named(tenant.scenarios, 'scenario', name);
  const model = named(tenant.models, 'model', scenario.model);
  if (atLeast > tenant.seq) {
    throw new Refusal('CONFLICT', `asOf is ${atLeast}, and the last write was ${tenant.seq}.`);
  }
  if (model.asOf(tenant.seq) < atLeast) model.catchUp();
  return { scenario, model };
}

function signature(tenant: Tenant, model: LiveModel) {
  return { asOf: model.asOf(tenant.seq), model: model.name, version: model.version };
}

function personOf({ user, profile }: Pick<RecommendInput, 'user' | 'profile'>): Person {
  if (user !== undefined) return { user };
  return {
    profile: (profile ?? []).map((entry) => (typeof entry === 'string' ? [entry, 1] : [entry.item, entry.value])),
  };
}

function filtersOf(scenario: ScenarioInput, asked: string | undefined): string[] {
  return [scenario.filter, asked].filter((each) => each !== undefined);
}

/** Names the scenario, so that events which name it can be counted for that. */
function recommId(scenario: string): string {
  return `${scenario}.${randomBytes(9).toString('base64url')}`;
}
