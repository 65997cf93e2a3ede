/**
 * What a store promises. The store is the truth: models and indexes are made of what it holds.
 *
 * - Every write gets a sequence number, larger than all before it. A write that is answered is on the disk.
 * - A change happens as a whole or not at all. Changes are answered in the order of their numbers.
 * - A read tells what all writes answered before it have left.
 * - Where several processes share it, a write is answered once all that the others wrote before it is taken in.
 */
import type { Scope } from '../schema/administration.js';
import type { StoredEvent } from '../schema/behaviour.js';
import type { Properties } from '../schema/common.js';

export interface NewEvent extends Omit<StoredEvent, 'seq'> {
  readonly key?: string | undefined;
}

export interface StoredItem {
  readonly item: string;
  readonly properties: Properties;
  readonly hidden: boolean;
  readonly expires: number | null;
}

export interface StoredUser {
  readonly user: string;
  readonly properties: Properties;
}

export interface StoredVector {
  readonly id: string;
  /** Its numbers as float32. */
  readonly vector: Float32Array;
  readonly properties: Properties;
}

/** How often a user was answered under a scenario that is split. */
export interface AskedQuestions {
  readonly user: string;
  readonly questions: number;
}

/** What people define by name. */
export type Thing = 'model' | 'scenario' | 'index';

export interface Definition {
  readonly thing: Thing;
  readonly name: string;
  /** As the schema of the thing gave it. */
  readonly body: unknown;
}

/** A trained model as a file. */
export interface ModelVersion {
  readonly version: number;
  /** The last write that is in it. */
  readonly asOf: number;
  readonly trainedAt: number;
  readonly bytes: number;
  readonly digest: string;
  readonly active: boolean;
}

export interface Snapshot {
  readonly model: string;
  readonly version: number;
  readonly asOf: number;
  readonly digest: string;
  readonly file: Uint8Array;
}

/**
 * What a write of files goes by: the last write that is in its maker's memory. If files were written or somebody was
 * forgotten since, the write is refused as CONFLICT, since its files may know what must be gone.
 */
export interface Basis {
  readonly known?: number | undefined;
}

export interface StoredKey {
  readonly id: string;
  readonly hash: Uint8Array;
  readonly scopes: readonly Scope[];
  readonly namespaces: readonly string[] | null;
  readonly expires: number | null;
}

type Within<Kind extends string, Rest = unknown> = { readonly kind: Kind; readonly namespace: string } & Readonly<Rest>;

export type Change =
  | Within<'put-namespace'>
  | Within<'delete-namespace'>
  | Within<'add-events', { events: readonly NewEvent[] }>
  | Within<'put-items', { items: readonly StoredItem[] }>
  | Within<'put-user', StoredUser>
  /** Takes a person or thing out: id, properties, events, and all model files but these, which no longer know it. */
  | Within<'forget', Basis & { side: 'user' | 'item'; id: string; by: string; snapshots: readonly Snapshot[] }>
  | Within<'define', Definition>
  | Within<'undefine', { thing: Thing; name: string }>
  /** Adds to what is counted of one run of a scenario: a definition that splits it begins a run. */
  | Within<'count-questions', { scenario: string; run: string; counts: readonly AskedQuestions[] }>
  | Within<'put-vectors', { index: string; rows: readonly StoredVector[] }>
  | Within<'delete-vectors', { index: string; ids: readonly string[] }>
  /** A new version, which answers from now on. The oldest beyond `keep` go. */
  | Within<'add-version', Basis & Omit<Snapshot, 'version'> & { trainedAt: number; keep: number }>
  /** A later state of a version that is there. */
  | Within<'save-version', Basis & Snapshot>
  | Within<'activate-version', { model: string; version: number }>
  | ({ readonly kind: 'put-key' } & StoredKey)
  | { readonly kind: 'delete-key'; readonly id: string };

/** What a change answers besides its number. */
export interface Outcomes {
  /** The events that were new, with their numbers, in order. */
  readonly 'add-events': { readonly seq: number; readonly events: readonly StoredEvent[] };
  readonly forget: { readonly seq: number; readonly events: number };
  readonly 'delete-vectors': { readonly seq: number; readonly ids: readonly string[] };
  readonly 'add-version': { readonly seq: number; readonly version: number };
}
export type OutcomeOf<Kind extends Change['kind']> = Kind extends keyof Outcomes ? Outcomes[Kind] : { seq: number };

/** A stretch of a list, from behind a key. */
export interface Stretch<Key> {
  readonly after?: Key | undefined;
  readonly limit: number;
}

/** What can be asked of a store. */
export interface Reads {
  /** The number of the last write. */
  latest(): number;
  namespaces(): string[];
  definitions(namespace: string): Definition[];
  events(namespace: string, stretch: Stretch<number>): StoredEvent[];
  /** As `events`, with the keys of idempotency. */
  keyedEvents(namespace: string, stretch: Stretch<number>): (StoredEvent & { readonly key?: string })[];
  eventsOfUser(namespace: string, user: string, stretch: Stretch<number>): StoredEvent[];
  countEvents(namespace: string): { type: string; events: number }[];
  countEventsOfUser(namespace: string, user: string): number;
  /** Every item that an event names. */
  itemsOfEvents(namespace: string): string[];
  /** Events that name a `recommId`, in order. */
  eventsOfAnswers(namespace: string, stretch: Stretch<number>): StoredEvent[];
  /** What is counted of a run, by user. */
  questions(namespace: string, scenario: string, run: string, stretch: Stretch<string>): AskedQuestions[];
  items(namespace: string, stretch: Stretch<string>): StoredItem[];
  user(namespace: string, user: string): StoredUser | undefined;
  /** Users with properties or events, by id. */
  users(namespace: string, stretch: Stretch<string>): string[];
  /** By the order in which they came, each with its place. */
  vectors(namespace: string, index: string, stretch: Stretch<number>): (StoredVector & { readonly place: number })[];
  versions(namespace: string, model: string): ModelVersion[];
  file(namespace: string, model: string, version: number): Uint8Array | undefined;
  keys(): StoredKey[];
}

type Asynchronous<T> = {
  readonly [Name in keyof T]: T[Name] extends (...args: infer A) => infer R ? (...args: A) => Promise<R> : never;
};

export type AsyncReads = Asynchronous<Reads>;

export interface Store extends AsyncReads {
  /** Where it is kept: another thread can open it there. */
  readonly location: string;
  /** Present where other processes may write too. */
  readonly shared?: Shared;
  /**
   * @throws Refusal UNAVAILABLE if it cannot be kept now; then nothing of it was. Where a database is cut off just as it
   * keeps it, nobody can know: an event that has a key can be sent again.
   */
  write<C extends Change>(change: C): Promise<OutcomeOf<C['kind']>>;
  /** Lets `work` read what one moment left, whatever is written meanwhile. */
  moment<T>(work: (reads: AsyncReads) => Promise<T>): Promise<T>;
  /** Writes a copy of everything to a new file, while it goes on. */
  backup(path: string): Promise<void>;
  close(): Promise<void>;
}

/** A change as the other processes hear of it: what is large is read of the store. */
export type News = Partial<Definition> & {
  readonly kind: Change['kind'];
  readonly namespace?: string;
  /** The numbers that it took. */
  readonly first: number;
  readonly seq: number;
  readonly side?: 'user' | 'item';
  readonly id?: string;
  readonly index?: string;
  readonly ids?: readonly string[];
  readonly model?: string;
};

/** Reads of the moment up to which there is news. */
export interface NewsReads extends AsyncReads {
  /** Items that were put behind a number. */
  itemsSince(namespace: string, after: number): Promise<StoredItem[]>;
  /** Vectors that were put behind a number, in the order of their places. */
  vectorsSince(namespace: string, index: string, after: number): Promise<StoredVector[]>;
}

/** What is done with that which others wrote. */
export interface Listener {
  /** Takes in the news between two numbers, all of it. */
  takeIn(news: readonly News[], after: number, latest: number, reads: NewsReads): Promise<void>;
  /** Takes in everything anew, because the news of that time is gone. */
  startOver(latest: number, reads: AsyncReads): Promise<void>;
}

/** What processes that share a store need of it. */
export interface Shared {
  /** From now on the listener hears of what others wrote behind a number, in order, and before the next own write. */
  follow(after: number, listener: Listener): void;
  /** Lets the listener hear of all there is now. @returns the number of the last write that it knows then. */
  catchUp(): Promise<number>;
  /** Holds a name against the other processes until the function is called; undefined if one of them holds it. */
  hold(name: string): Promise<(() => Promise<void>) | undefined>;
}
