/** Matrix factorisation for what people did rather than rated. */
import type { Backend, TopRows } from '../../../backend/contract/backend.js';
import { type AlsRow, solveRow } from '../../../backend/reference/als.js';
import { emptyTopRows } from '../../../backend/reference/best.js';
import { KindredError } from '../../../errors.js';
import { VectorIndex } from '../../../similarity/index/vector-index.js';
import { runAtOnce, runInTurns, type Steps, TURN_OPTIONS } from '../../../turns/steps.js';
import { rowOf, type SparseRow } from '../../data/csr.js';
import { type Id, quote } from '../../data/ids.js';
import { type Interactions, requireInteractions } from '../../data/interactions.js';
import { type Gone, Model, type Person, type ScoreTerms } from '../model.js';
import type { ModelParts } from '../model-file/layout.js';
import { fromBytes, type LoadModelOptions, load } from '../model-file/load.js';
import type { ItemReason, TrainingOptions } from '../recommender.js';
import type { RankRequest } from '../request.js';
import { readRow, type Scored, writeRow } from '../scored.js';
import { componentsOf } from './components.js';
import { adjustTo, contributionsTo } from './explain.js';
import { type AlsSettings, type ImplicitAlsOptions, l2Of, readAlsOptions, totalConfidence, weigh } from './options.js';
import { rankAll } from './ranking.js';
import { type AlsFactors, factorise, solveUsers, strideOf, TO_THE_END } from './training.js';

/**
 * Implicit-feedback matrix factorisation by alternating least squares: every user and item gets a row of `factors`
 * numbers whose dot is the score, learned so that it is near 1 for what people did and near 0 for all else, an
 * interaction of value v counting `1 + alpha * v` times (Hu, Koren and Volinsky, "Collaborative Filtering for Implicit
 * Feedback Datasets", ICDM 2008; each row solved by conjugate gradients, Takács, Pilászy and Tikk, RecSys 2011).
 *
 * Values say how much someone did and must be 0 or more; one of 0 says nothing and is ignored. A score is no
 * probability and has no bounds; most lie between 0 and 1.
 *
 * At the end of training all users are solved for once more, until their factors no longer change, by the same code
 * that solves for a profile in `recommendFor`: so `recommendFor(profile of u)` has the bits of `recommend(u)`, and a
 * training with the same options and seed gives the same bits on every backend, with any number of threads. An
 * explained score is that of `recommend` to within rounding of float64.
 * @example
 * const interactions = Interactions.from([
 *   { user: 'Ann', item: 'tea' }, { user: 'Ben', item: 'tea' }, { user: 'Ben', item: 'milk' },
 * ]);
 * const model = ImplicitAls.fit(interactions, { factors: 8, l2: 1, seed: 1 });
 * model.recommend('Ann')[0].item; // 'milk'
 */
export class ImplicitAls<U extends Id = string, I extends Id = string> extends Model<U, I, ItemReason<I>> {
  readonly #settings: AlsSettings;
  readonly #learned: AlsFactors;
  readonly #backend: Backend;
  readonly #threads: number;
  #components: Uint32Array | undefined;
  readonly #indexes = new Map<string, VectorIndex<number>>();

  private constructor(
    interactions: Interactions<U, I>,
    settings: AlsSettings,
    learned: AlsFactors,
    backend: Backend,
    threads: number,
  ) {
    super(interactions);
    this.#settings = settings;
    this.#learned = learned;
    this.#backend = backend;
    this.#threads = threads;
  }

  /**
   * Learns the factors. Holds both sides' factors and the interactions twice.
   * @throws KindredError INVALID_ARGUMENT for options and for negative values, NOT_FINITE if confidences leave float32.
   */
  static fit<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    options: ImplicitAlsOptions = {},
  ): ImplicitAls<U, I> {
    return runAtOnce(ImplicitAls.#training(interactions, readAlsOptions(options)));
  }

  /** The same, a few milliseconds at a time. Errors as for `fit`; rejects with the signal's reason. */
  static async fitAsync<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    options: ImplicitAlsOptions & TrainingOptions = {},
  ): Promise<ImplicitAls<U, I>> {
    return runInTurns(ImplicitAls.#training(interactions, readAlsOptions(options, TURN_OPTIONS)), options);
  }

  static *#training<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    { settings, backend, threads }: ReturnType<typeof readAlsOptions>,
  ): Steps<ImplicitAls<U, I>> {
    requireInteractions(interactions);
    const learned = yield* factorise(interactions as Interactions<never, never>, settings, backend, threads);
    return new ImplicitAls<U, I>(interactions as Interactions<U, I>, settings, learned, backend, threads);
  }

  /**
   * A model out of the bytes that `toBytes` gave, on any platform.
   * @throws KindredError CORRUPT_FILE naming what was found and where; MODEL_MISMATCH for a model of another class.
   */
  static fromBytes<U extends Id = string, I extends Id = string>(
    bytes: Uint8Array,
    options: LoadModelOptions = {},
  ): ImplicitAls<U, I> {
    return fromBytes('ImplicitAls', bytes, options, ImplicitAls.fromParts<U, I>);
  }

  /** A model out of a file that `save` wrote. Node only. Errors as for `fromBytes`, and the system's own. */
  static async load<U extends Id = string, I extends Id = string>(
    path: string | URL,
    options: LoadModelOptions = {},
  ): Promise<ImplicitAls<U, I>> {
    return load('ImplicitAls', path, options, ImplicitAls.fromParts<U, I>);
  }

  /**
   * A model from what `parts` wrote.
   * @throws KindredError INVALID_ARGUMENT, CORRUPT_FILE if that is not what is given.
   */
  static fromParts<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    { options, arrays }: Pick<ModelParts, 'options' | 'arrays'>,
    backend?: Backend | string,
  ): ImplicitAls<U, I> {
    const { meanTotal, ...settings } = options as unknown as AlsSettings & { meanTotal: number };
    const read = readAlsOptions({ ...settings, backend });
    const [{ factors }, stride] = [read.settings, strideOf(read.settings.factors)];
    const { users, items, gram } = arrays;
    requireFloats('users', users, interactions.users.length * factors);
    requireFloats('items', items, interactions.items.length * factors);
    requireFloats('gram', gram, stride * stride);
    if (!(meanTotal >= 0 && Number.isFinite(meanTotal)))
      throw new KindredError('CORRUPT_FILE', `The model's meanTotal is ${quote(meanTotal)}.`);
    return new ImplicitAls(interactions, read.settings, { users, items, gram, meanTotal }, read.backend, read.threads);
  }

  /** A copy of a user's factors. @throws KindredError UNKNOWN_ID */
  userFactors(user: U): Float32Array {
    return this.#rowOf(this.#learned.users, this.interactions.userPosition(user)).slice();
  }

  /** A copy of an item's factors. @throws KindredError UNKNOWN_ID */
  itemFactors(item: I): Float32Array {
    return this.#rowOf(this.#learned.items, this.interactions.itemPosition(item)).slice();
  }

  override predict(user: U, item: I): number {
    const factors = this.#rowOf(this.#learned.users, this.interactions.userPosition(user));
    return this.#backend.dot(factors, this.#rowOf(this.#learned.items, this.interactions.itemPosition(item)));
  }

  protected override scoresFor(person: Person): Float64Array {
    const { items } = this.#learned;
    const dim = this.#settings.factors;
    const scores = new Float64Array(items.length / dim);
    const factors = this.#factorsOf(person);
    if (isNothing(factors)) return scores.fill(Number.NaN);
    const rows = { data: items, rows: scores.length, dim };
    this.#backend.pairs('dot', { data: factors, rows: 1, dim }, rows, scores);
    const admitted = this.#known(person.profile);
    for (let item = 0; item < scores.length; item++) if (admitted[item] === 0) scores[item] = Number.NaN;
    return scores;
  }

  protected override rank(person: Person, { k, minScore, admit, excludeSeen }: RankRequest): Scored[] {
    const { indices } = person.profile;
    const factors = this.#factorsOf(person);
    if (isNothing(factors)) return [];
    const filter = this.#known(person.profile, admit);
    if (excludeSeen) for (const item of indices) filter[item] = 0;
    const hits = this.#index('items', 'dot').search(factors, { k, minScore, filter });
    return hits.map(({ id, score }) => ({ position: id, score }));
  }

  protected override rankMany(users: Uint32Array, request: RankRequest): TopRows {
    const byUser = this.interactions.byUser();
    const answer = emptyTopRows(users.length, request.k);
    // Nearly all items hang together, and so do the users who have them: these are ranked together.
    const groups = new Map<number, number[]>();
    const componentOf = Array.from(users, (user) => this.#componentOf(rowOf(byUser, user)));
    componentOf.forEach((component, n) => {
      const group = groups.get(component);
      if (group) group.push(n);
      else groups.set(component, [n]);
    });
    const together = [...groups.values()].reduce((most, each) => (each.length > most.length ? each : most), []);
    users.forEach((user, n) => {
      if (componentOf[n] !== componentOf[together[0]])
        writeRow(answer, n, this.rank({ profile: rowOf(byUser, user), user }, request));
    });
    const ranked = this.#rankTogether(
      Uint32Array.from(together, (n) => users[n]),
      request,
    );
    together.forEach((n, row) => {
      writeRow(answer, n, readRow(ranked, row));
    });
    return answer;
  }

  /** Users whose items hang together. */
  #rankTogether(users: Uint32Array, request: RankRequest): TopRows {
    if (users.length === 0) return emptyTopRows(0, request.k);
    const byUser = this.interactions.byUser();
    const dim = this.#settings.factors;
    const known = { ...request, admit: this.#known(rowOf(byUser, users[0]), request.admit) };
    const rows = new Float32Array(users.length * dim);
    const seen: Uint32Array[] = [];
    users.forEach((user, n) => {
      rows.set(this.#rowOf(this.#learned.users, user), n * dim);
      seen.push(request.excludeSeen ? rowOf(byUser, user).indices : new Uint32Array(0));
    });
    const { items } = this.#learned;
    const answer = rankAll(this.#backend, this.#index('items', 'dot'), items, { rows, dim, seen }, known);
    users.forEach((user, n) => {
      // As in `rank`.
      if (isNothing(this.#rowOf(this.#learned.users, user))) writeRow(answer, n, []);
    });
    return answer;
  }

  /** What all items of a known user have in common; -1 if they say nothing. */
  #componentOf({ indices, values }: SparseRow): number {
    this.#components ??= componentsOf(this.interactions.byUser());
    const first = values.findIndex((value) => value > 0);
    return first < 0 ? -1 : this.#components[indices[first]];
  }

  protected override nearestItems(item: number, k: number): Scored[] {
    return this.#nearest('items', item, k);
  }

  protected override nearestUsers(user: number, k: number): Scored[] {
    return this.#nearest('users', user, k);
  }

  protected override itemSimilarities(item: number, others: Uint32Array): Float64Array {
    const { items } = this.#learned;
    const row = this.#rowOf(items, item);
    return Float64Array.from(others, (other) => {
      const cosine = this.#backend.cosine(row, this.#rowOf(items, other));
      return Number.isNaN(cosine) ? 0 : cosine;
    });
  }

  protected override termsOf(person: Person, item: number): ScoreTerms {
    const cells = this.#cellsOf(person.profile);
    const target = new Float32Array(strideOf(this.#settings.factors));
    target.set(this.#rowOf(this.#learned.items, item));
    const score = this.#backend.dot(this.#factorsOf(person), this.#rowOf(this.#learned.items, item));
    const contributions = adjustTo(score, contributionsTo(target, cells));
    const terms = Array.from(contributions, (contribution, n) => ({ position: cells.indices[n], contribution }));
    return { score: contributions.reduce((sum, term) => sum + term, 0), terms };
  }

  protected override reasonAt(position: number, contribution: number): ItemReason<I> {
    return { item: this.interactions.items[position], contribution };
  }

  /**
   * Ids and histories go, and the factors of who is gone. What others' factors have learned from a user stays. Without an
   * item, users are solved for again by what is left of their histories; items keep their factors. Fit anew to the
   * model's `interactions` for the factors of a model that never knew of either.
   */
  protected override without(interactions: Interactions<U, I>, { side, position }: Gone): ImplicitAls<U, I> {
    const { factors } = this.#settings;
    const left = this.#learned[`${side}s`].filter((_, cell) => Math.floor(cell / factors) !== position);
    const learned =
      side === 'user'
        ? { ...this.#learned, users: left }
        : solveUsers(interactions as Interactions<never, never>, left, this.#settings, this.#backend, this.#threads);
    return new ImplicitAls(interactions, this.#settings, learned, this.#backend, this.#threads);
  }

  /** 1 for each item, among those admitted, that hangs together with one of the profile. */
  #known({ indices, values }: SparseRow, admit?: Uint8Array): Uint8Array {
    this.#components ??= componentsOf(this.interactions.byUser());
    const components = this.#components;
    const own = new Set(
      Array.from(
        indices.filter((_, n) => values[n] > 0),
        (item) => components[item],
      ),
    );
    const known = new Uint8Array(components.length);
    for (let item = 0; item < known.length; item++) {
      if (own.has(components[item]) && admit?.[item] !== 0) known[item] = 1;
    }
    return known;
  }

  protected override toParts(): ModelParts {
    const { users, items, gram, meanTotal } = this.#learned;
    return { name: 'ImplicitAls', options: { ...this.#settings, meanTotal }, arrays: { users, items, gram } };
  }

  #rowOf(rows: Float32Array, position: number): Float32Array {
    const dim = this.#settings.factors;
    return rows.subarray(position * dim, (position + 1) * dim);
  }

  #factorsOf({ profile, user }: Person): Float32Array {
    if (user !== undefined) return this.#rowOf(this.#learned.users, user);
    const x = new Float32Array(strideOf(this.#settings.factors));
    solveRow(this.#cellsOf(profile), x, TO_THE_END);
    return x.subarray(0, this.#settings.factors);
  }

  /** A profile as the kernels see it. */
  #cellsOf(profile: SparseRow): AlsRow & { readonly indices: Uint32Array } {
    const { items, gram, meanTotal } = this.#learned;
    const name = (item: number) => `The profile's item ${quote(this.interactions.items[item])}`;
    const { indices, values } = weigh(profile, this.#settings, name);
    const rows = Array.from(indices, (item) => {
      const row = new Float32Array(strideOf(this.#settings.factors));
      row.set(this.#rowOf(items, item));
      return row;
    });
    const total = totalConfidence(values, this.interactions.items.length);
    return { indices, rows, weights: values, gram, l2: l2Of(this.#settings, total, meanTotal) };
  }

  #nearest(side: 'users' | 'items', position: number, k: number): Scored[] {
    const index = this.#index(side, 'cosine');
    // Scores above 0 only: factors that point elsewhere are no likeness.
    const hits = index.neighbors(position, { k: Math.min(k, Math.max(1, index.size)), minScore: Number.MIN_VALUE });
    return hits.map(({ id, score }) => ({ position: id, score }));
  }

  #index(side: 'users' | 'items', metric: 'dot' | 'cosine'): VectorIndex<number> {
    const name = `${side} by ${metric}`;
    let index = this.#indexes.get(name);
    if (index === undefined) {
      const { factors } = this.#settings;
      const data = this.#learned[side];
      const threads = this.#threads || undefined;
      const rows = { data, rows: data.length / factors, dim: factors };
      index = VectorIndex.from(rows, { dim: factors, metric, backend: this.#backend, threads });
      this.#indexes.set(name, index);
    }
    return index;
  }
}

/** Factors of whom, or of what, nothing is known. */
function isNothing(factors: Float32Array): boolean {
  return factors.every((factor) => factor === 0);
}

function requireFloats(name: string, array: unknown, length: number): asserts array is Float32Array {
  if (array instanceof Float32Array && array.length === length && array.every(Number.isFinite)) return;
  throw new KindredError(
    'CORRUPT_FILE',
    `The model's array ${quote(name)} is not one of ${length} finite float32 numbers.`,
  );
}
