/** Answers under the name of a scenario: which items may be named, in which order, and why. */
import { Refusal } from '../errors.js';
import type { Tenant } from '../live/tenant.js';
import type { Person } from '../models/live-model.js';
import type {
  BoostRule,
  ExplainAnswer,
  ExplainInput,
  RecommendAnswer,
  RecommendInput,
  SimilarItemsAnswer,
  SimilarItemsInput,
} from '../schema/scenarios.js';
import { type Asker, asking, signature } from './asker.js';
import { type Boosted, boosted, boostsOf, withBoosts } from './boost.js';
import { newRecommId } from './recomm-id.js';
import { runOf } from './split.js';

export function recommend(tenant: Tenant, name: string, given: RecommendInput): RecommendAnswer {
  const { asked, named } = questionOf(tenant, name, given);
  const chosen = asking(tenant, name, asked);
  const person = personOf(asked);
  const found = rank(tenant, chosen, asked, person, named);
  const items = found.map((each) => {
    const { item, score, fallback } = each;
    const told = fallback === undefined ? { item, score } : { item, score, fallback };
    return asked.explain ? { ...told, ...why(chosen, person, each) } : told;
  });
  const isFallback = items.length > 0 && items.every(({ fallback }) => fallback !== undefined);
  tenant.questions.count(name, chosen.whole, asked.user, { isEmpty: items.length === 0, isFallback });
  const { arm, whole } = chosen;
  const recommId = newRecommId(
    name,
    arm !== undefined && asked.user !== undefined ? { run: runOf(whole), arm } : undefined,
  );
  tenant.pages.remember(recommId, { scenario: name, asked, named: [...named, ...items.map(({ item }) => item)] });
  return { ...signature(tenant, chosen), recommId, items, fallback: isFallback };
}

type Found = Boosted<{ item: string; score: number; fallback?: 'popularity' | undefined }>;
const NO_BOOSTS: Found['boosts'] = [];

/** What may be named, best first. With rules the model tells all that it has, since the last may become the first. */
function rank(
  tenant: Tenant,
  { scenario, model, filters }: Asker,
  asked: RecommendInput,
  person: Person,
  named: readonly string[],
): Found[] {
  const { catalogue } = tenant;
  const { minScore = scenario.minScore, diverse = scenario.diverse, k = scenario.k } = asked;
  const rules = rulesOf(scenario, asked);
  if (rules.length > 0 && diverse !== false) {
    throw new Refusal('INVALID_REQUEST', 'There are boost and diverse, and only one of them can order a list.');
  }
  const withheld = catalogue.withheld(Date.now());
  const others = asked.excludeItems ?? [];
  const out = others.length + named.length === 0 ? withheld : [...withheld, ...others, ...named];
  const options = {
    excludeSeen: asked.excludeSeen ?? scenario.excludeSeen,
    fallback: asked.fallback ?? scenario.fallback,
    items: catalogue.select(allOf(filters, asked.filter)),
    // An empty list would cost a look at every item.
    excludeItems: out.length === 0 ? undefined : out,
  };
  if (rules.length === 0) {
    const lambda = typeof diverse === 'number' ? { lambda: diverse } : diverse;
    const found = model.recommend(person, { ...options, k, diverse: lambda, minScore });
    return found.map(({ item, score, fallback }) => ({ item, score, fallback, own: score, boosts: NO_BOOSTS }));
  }
  const all = model.recommend(person, { ...options, k: Math.max(1, catalogue.size) });
  return boosted(catalogue, all, rules)
    .filter(({ score, fallback }) => minScore === undefined || fallback !== undefined || score >= minScore)
    .slice(0, k);
}

/** What a score is made of: by the model, or by popularity, and by rules. */
function why({ model }: Asker, person: Person, { item, own, fallback, boosts }: Found) {
  if (fallback !== undefined) return { reasons: [{ model: fallback, contribution: own }, ...boosts] };
  const { base, reasons } = model.explain(person, item);
  return { ...(base === undefined ? {} : { base }), reasons: [...reasons, ...boosts] };
}

/** The question itself, or the one whose next page is asked for. */
function questionOf(tenant: Tenant, name: string, given: RecommendInput) {
  if (given.next === undefined) return { asked: given, named: [] };
  const { asked, named } = tenant.pages.find(given.next, name);
  const { k = asked.k, explain = asked.explain, asOf = asked.asOf } = given;
  return { asked: { ...asked, k, explain, asOf }, named };
}

function rulesOf(scenario: { boost?: BoostRule[] }, asked: { boost?: BoostRule[] }): readonly BoostRule[] {
  if (asked.boost === undefined) return scenario.boost ?? [];
  return [...(scenario.boost ?? []), ...asked.boost];
}

/** Filtered before they are counted: the whole list is asked for, and what may not be named is left out. */
export function similarItems(tenant: Tenant, name: string, asked: SimilarItemsInput): SimilarItemsAnswer {
  const asker = asking(tenant, name, asked);
  const { scenario, model } = asker;
  const k = asked.k ?? scenario.k;
  const chosen = tenant.catalogue.select(allOf(asker.filters, asked.filter));
  const withheld = new Set(tenant.catalogue.withheld(Date.now()));
  const { minScore = -Infinity } = asked;
  const isWhole = chosen === undefined && withheld.size === 0;
  const allowed = chosen && new Set(chosen);
  const found = model.similarItems(asked.item, isWhole ? k : Math.max(1, tenant.catalogue.size));
  const items = isWhole
    ? found.filter(({ score }) => score >= minScore)
    : found
        .filter(({ item, score }) => score >= minScore && !withheld.has(item) && allowed?.has(item) !== false)
        .slice(0, k);
  return { ...signature(tenant, asker), recommId: newRecommId(name), items };
}

export function explain(tenant: Tenant, name: string, asked: ExplainInput): ExplainAnswer {
  const chosen = asking(tenant, name, asked);
  const { score, base, reasons } = chosen.model.explain(personOf(asked), asked.item);
  const boosts = boostsOf(tenant.catalogue, rulesOf(chosen.scenario, asked))({ item: asked.item, score });
  return {
    score: withBoosts(score, boosts),
    ...(base === undefined ? {} : { base }),
    reasons: [...reasons, ...boosts],
    ...signature(tenant, chosen),
  };
}

/** An item asks for what goes with it, as somebody would who has nothing else. */
function personOf({
  user,
  profile,
  item,
}: {
  user?: string;
  profile?: RecommendInput['profile'];
  item?: string;
}): Person {
  if (user !== undefined) return { user };
  if (profile === undefined && item !== undefined) return { profile: [[item, 1]] };
  return {
    profile: (profile ?? []).map((entry) => (typeof entry === 'string' ? [entry, 1] : [entry.item, entry.value])),
  };
}

function allOf(filters: readonly string[], asked: string | undefined): readonly string[] {
  return asked === undefined ? filters : [...filters, asked];
}
