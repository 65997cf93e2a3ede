/**
 * A model that goes with the events. Models of neighbours and popularity take them in, equal to a training anew; of the
 * others, the person who asks has every event counted in the profile.
 *
 * Taking in costs time, and nobody is answered meanwhile. So it happens before an answer if the last time is long enough
 * ago, measured by what it cost, and by a timer where nobody asks. `asOf` tells what an answer knows.
 */
import { type AnyModel, Interactions, type Recommendation, type RecommendOptions, UserKnn } from 'kindred/recommend';
import { Refusal } from '../errors.js';
import type { StoredEvent } from '../schema/behaviour.js';
import type { ModelInput } from '../schema/models.js';
import { fitToNothing, isLive, recordsOf, withEvents } from './fit.js';

/** Of the time, at most one part in so many goes to taking in events. */
const SHARE = 5;

type Profile = [item: string, value: number][];
/** Somebody stored, or somebody with a profile of their own. */
export type Person = { readonly user: string } | { readonly profile: Profile };

export class LiveModel {
  readonly name: string;
  readonly definition: ModelInput;
  readonly live: boolean;
  /** 0 before the first training. */
  version = 0;
  trainedAt = Date.now();
  /** The last write that the file of the version knows. */
  trainedAsOf = 0;
  /** Events that waited when its schedule last tried: only those beyond make it due again. */
  waitingTried = 0;
  /** Events taken in since the last file was written. */
  unsaved = 0;
  #model: AnyModel | undefined;
  #waiting: StoredEvent[] = [];
  readonly #ofUser = new Map<string, StoredEvent[]>();
  /** Events that came while a training was under way, which may not know them. */
  #kept: StoredEvent[] | undefined;
  #keepers = 0;
  /** When events may be taken in again, by the clock of `performance`. */
  due = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(name: string, definition: ModelInput) {
    this.name = name;
    this.definition = definition;
    this.live = isLive(definition);
    if (this.live) this.#model = fitToNothing(definition);
  }

  /** @throws Refusal NOT_TRAINED */
  get model(): AnyModel {
    if (this.#model !== undefined) return this.#model;
    const message = `The model ${JSON.stringify(this.name)} (${this.definition.kind}) has not been trained yet: POST /v1/models/${this.name}/train.`;
    throw new Refusal('NOT_TRAINED', message);
  }

  get isTrained(): boolean {
    return this.#model !== undefined;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** The last write that the model knows of, if the store has come to `latest`. */
  asOf(latest: number): number {
    return this.#waiting.length === 0 ? latest : this.#waiting[0].seq - 1;
  }

  take(events: readonly StoredEvent[]): void {
    if (this.#kept) for (const event of events) this.#kept.push(event);
    this.#wait(events);
  }

  #wait(events: readonly StoredEvent[]): void {
    for (const event of events) {
      this.#waiting.push(event);
      const own = this.#ofUser.get(event.user);
      if (own) own.push(event);
      else this.#ofUser.set(event.user, [event]);
    }
    if (this.live && this.#waiting.length > 0) {
      this.#timer ??= setTimeout(() => this.catchUp(), Math.max(10, this.due - performance.now())).unref();
    }
  }

  /** Takes in all that waits, if the model is of a kind that can. */
  catchUp(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.live || this.#waiting.length === 0 || this.#model === undefined) return;
    const begun = performance.now();
    this.#model = withEvents(this.definition, this.#model, this.#waiting);
    this.unsaved += this.#waiting.length;
    this.#waiting = [];
    this.#ofUser.clear();
    const end = performance.now();
    this.due = end + (end - begun) * (SHARE - 1);
  }

  #catchUpIfDue(): void {
    if (performance.now() >= this.due) this.catchUp();
  }

  /** Keeps events from now on for `replace`, until the function that is given back is called. */
  keepEvents(): () => void {
    this.#kept ??= [];
    this.#keepers++;
    return () => {
      if (--this.#keepers === 0) this.#kept = undefined;
    };
  }

  /** Another model answers from now on. `later` are the events after it, up to those kept meanwhile. */
  replace(model: AnyModel, version: number, asOf: number, later: readonly StoredEvent[] = []): void {
    const last = later.at(-1)?.seq ?? asOf;
    const kept = (this.#kept ?? []).filter(({ seq }) => seq > last);
    this.#model = model;
    this.version = version;
    this.trainedAsOf = asOf;
    this.unsaved = 0;
    this.waitingTried = 0;
    this.#waiting = [];
    this.#ofUser.clear();
    this.#wait([...later, ...kept]);
  }

  /** Whether an id is known to the model or waits to be. */
  knows(side: 'user' | 'item', id: string): boolean {
    const { interactions } = this.#model ?? {};
    const isIn = side === 'user' ? interactions?.hasUser(id) : interactions?.hasItem(id);
    return isIn === true || this.#waiting.some((event) => event[side] === id);
  }

  /** The model without a person or thing; the one that answers if it does not know them. */
  without(side: 'user' | 'item', id: string): AnyModel | undefined {
    const model = this.#model;
    if (side === 'user') return model?.interactions.hasUser(id) ? model.forget(id) : model;
    return model?.interactions.hasItem(id) ? model.forgetItem(id) : model;
  }

  forget(side: 'user' | 'item', id: string): void {
    const others = ({ [side]: each }: StoredEvent) => each !== id;
    const waiting = this.#waiting.filter(others);
    if (this.#kept) this.#kept = this.#kept.filter(others);
    this.#model = this.without(side, id);
    this.#waiting = [];
    this.#ofUser.clear();
    this.#wait(waiting);
  }

  recommend(person: Person, options: RecommendOptions): Recommendation[] {
    this.#catchUpIfDue();
    const asked = { ...options, unknownItems: 'skip' } as const;
    const stored = this.#stored(person);
    return stored === undefined
      ? this.model.recommendFor(this.#profile(person), asked)
      : this.model.recommend(stored, asked);
  }

  explain(person: Person, item: string) {
    this.#catchUpIfDue();
    const stored = this.#stored(person);
    return this.model.explain(stored ?? this.#known(person), item, { unknownItems: 'skip' });
  }

  similarItems(item: string, k: number) {
    this.#catchUpIfDue();
    return this.model.similarItems(item, k);
  }

  similarUsers(user: string, k: number) {
    this.catchUp();
    return this.model.similarUsers(user, k);
  }

  /** The id of somebody whom the model knows with all that they did. */
  #stored(person: Person): string | undefined {
    if (!('user' in person)) return undefined;
    // Among the people alike would be the asking one, as they were before.
    if (this.model instanceof UserKnn && this.#ofUser.has(person.user)) this.catchUp();
    const isWhole = !this.#ofUser.has(person.user) && this.model.interactions.hasUser(person.user);
    return isWhole ? person.user : undefined;
  }

  /** @throws Refusal UNKNOWN_ID for somebody who never did anything that the model counts */
  #known(person: Person): Profile {
    const profile = this.#profile(person);
    if ('profile' in person || profile.length > 0) return profile;
    throw new Refusal(
      'UNKNOWN_ID',
      `The model ${JSON.stringify(this.name)} knows nothing of ${JSON.stringify(person.user)}.`,
    );
  }

  /** What somebody has: by the model, and by the events that it has not taken in. */
  #profile(person: Person): Profile {
    if ('profile' in person) return person.profile;
    const { interactions } = this.model;
    const before = interactions.hasUser(person.user) ? interactions.profile(person.user) : [];
    const since = recordsOf(this.definition, this.#ofUser.get(person.user) ?? []);
    if (since.length === 0) return before;
    const { user } = person;
    const records = [
      ...before.map(([item, value]) => ({ user, item, value })),
      ...since.map(({ time: _, ...record }) => record),
    ];
    return Interactions.from(records, { duplicates: this.definition.duplicates }).profile(user);
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
