/** Recommendations: a model that learned who has what, asked for someone who tells what they have. */
import { type AnyModel, Hybrid, ImplicitAls, Interactions, ItemKnn, Popularity, UserKnn } from 'kindred/recommend';
import type { Task } from './calls.js';

/** A person of the page is a user among the others, under a name that no data have. */
const YOU = '\u0000you';

export type ModelKind = 'ItemKnn' | 'UserKnn' | 'ImplicitAls';

export interface Wish {
  readonly model: ModelKind;
  readonly neighbors: number;
  /** How much of a score is what is popular, from 0 to 1. */
  readonly popularity: number;
  /** From 0, no re-ranking, to 1. */
  readonly diversity: number;
  readonly k: number;
}

export interface Reason {
  readonly name: string;
  /** The part of all reasons' weight, from 0 to 1. */
  readonly share: number;
}

export interface Recommended {
  readonly item: string;
  readonly score: number;
  readonly isFilling: boolean;
  readonly reasons: readonly Reason[];
}

export interface Alike {
  readonly user: string;
  readonly score: number;
  readonly common: readonly string[];
}

export interface Counts {
  readonly users: number;
  readonly items: number;
  readonly size: number;
}

/** One set of data with the models that were made of it. */
export class People {
  readonly interactions: Interactions;
  readonly #models = new Map<string, AnyModel<string, string>>();

  constructor(interactions: Interactions) {
    this.interactions = interactions;
  }

  get counts(): Counts {
    const { users, items, size } = this.interactions;
    return { users: users.length, items: items.length, size };
  }

  async model({ model, neighbors }: Pick<Wish, 'model' | 'neighbors'>): Promise<AnyModel<string, string>> {
    const key = model === 'ImplicitAls' ? model : `${model} ${neighbors}`;
    const known = this.#models.get(key);
    if (known) return known;
    const made = await fit(this.interactions, model, neighbors);
    this.#models.set(key, made);
    // A slider that moves makes many; the last few are kept.
    for (const old of [...this.#models.keys()].slice(0, -6)) this.#models.delete(old);
    return made;
  }

  async recommend(profile: readonly string[], wish: Wish): Promise<Recommended[]> {
    const model = await this.model(wish);
    const mixed = this.#mixed(model, wish.popularity);
    const diverse = wish.diversity > 0 ? { lambda: 1 - wish.diversity } : false;
    const list = mixed.recommendFor(profile, { k: wish.k, diverse });
    return list.map(({ item, score, fallback }) => ({
      item,
      score,
      isFilling: fallback !== undefined,
      reasons: fallback === undefined ? reasonsOf(model, profile, item) : [],
    }));
  }

  #mixed(model: AnyModel<string, string>, popularity: number): AnyModel<string, string> {
    if (popularity === 0) return model;
    const popular = this.#models.get('Popularity') ?? Popularity.fit(this.interactions);
    this.#models.set('Popularity', popular);
    return Hybrid.of<string, string>([
      { model, weight: 1 - popularity },
      { model: popular, weight: popularity },
    ]);
  }

  /** Users whose things are most like the profile, by cosine. */
  async alike(profile: readonly string[], k: number): Promise<Alike[]> {
    if (profile.length === 0) return [];
    const model = (await this.model({ model: 'UserKnn', neighbors: k })) as UserKnn<string, string>;
    const withYou = model.add(profile.map((item) => ({ user: YOU, item })));
    const mine = new Set(profile);
    return withYou.similarUsers(YOU, k).map(({ user, score }) => ({
      user,
      score,
      common: this.interactions
        .profile(user)
        .map(([item]) => item)
        .filter((item) => mine.has(item)),
    }));
  }
}

async function fit(interactions: Interactions, kind: ModelKind, neighbors: number): Promise<AnyModel<string, string>> {
  switch (kind) {
    case 'ItemKnn':
      // Shrinkage: two things that meet at a single user are not alike for that alone.
      return await ItemKnn.fitAsync(interactions, { neighbors, shrinkage: 10 });
    case 'UserKnn':
      return await UserKnn.fitAsync(interactions, { neighbors });
    case 'ImplicitAls':
      return await ImplicitAls.fitAsync(interactions, { factors: 32, iterations: 8, seed: 1 });
  }
}

/** The largest reasons by weight. Reasons against an item are left out of the picture. */
function reasonsOf(model: AnyModel<string, string>, profile: readonly string[], item: string): Reason[] {
  const { reasons } = model.explain([...profile], item);
  const named = reasons.flatMap((reason) => {
    const name = 'item' in reason ? reason.item : 'user' in reason ? reason.user : undefined;
    return name === undefined || reason.contribution <= 0 ? [] : [{ name, weight: reason.contribution }];
  });
  const all = named.reduce((sum, { weight }) => sum + weight, 0);
  return named.slice(0, 5).map(({ name, weight }) => ({ name, share: weight / all }));
}

let packages: People | undefined;

function thePackages(): People {
  if (!packages) throw new Error('the packages are not here yet');
  return packages;
}

export const peopleTasks = {
  readPackages: (async ({ csv }) => {
    packages = new People(await Interactions.fromCsv(csv, { user: 'source', item: 'library' }));
    return { ...packages.counts, names: packages.interactions.items };
  }) satisfies Task<{ csv: Uint8Array }, Counts & { names: readonly string[] }>,

  recommend: (async ({ profile, wish }) => {
    const begun = performance.now();
    const list = await thePackages().recommend(profile, wish);
    return { list, milliseconds: performance.now() - begun };
  }) satisfies Task<{ profile: readonly string[]; wish: Wish }, { list: readonly Recommended[]; milliseconds: number }>,

  alike: (({ profile, k }) => thePackages().alike(profile, k)) satisfies Task<
    { profile: readonly string[]; k: number },
    readonly Alike[]
  >,
};
