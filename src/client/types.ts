/** What the service is asked and what it answers. A test holds these types to the schemas of the service. */

/** Whole numbers are read as their digits; answers hold texts. */
export type WireId = string | number;
/** Milliseconds since 1970, or an ISO date and time with its zone. */
export type WireTime = number | string;
export type WireProperties = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export interface EventInput {
  readonly user: WireId;
  readonly item: WireId;
  readonly type?: string | undefined;
  readonly value?: number | undefined;
  /** Default when it arrives. */
  readonly time?: WireTime | undefined;
  /** The answer that led to it. */
  readonly recommId?: string | undefined;
  /** Of several events with one key only the first counts. The client makes one where there is none. */
  readonly key?: string | undefined;
}

export interface EventsTaken {
  /** The number of the write: as `asOf` of a question, it makes sure that the answer knows of it. */
  readonly asOf: number;
  readonly accepted: number;
  readonly duplicates: number;
}

export interface Written {
  readonly asOf: number;
}

export interface ItemInput {
  readonly properties?: WireProperties | undefined;
  readonly hidden?: boolean | undefined;
  readonly expires?: WireTime | null | undefined;
}

export interface ItemAnswer {
  readonly item: string;
  readonly properties: WireProperties;
  readonly hidden: boolean;
  readonly expires: number | null;
}

export interface UserAnswer {
  readonly user: string;
  readonly properties: WireProperties;
  readonly events: number;
}

export interface StoredEvent {
  readonly seq: number;
  readonly user: string;
  readonly item: string;
  readonly type: string;
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly recommId?: string | undefined;
}

export interface Forgotten {
  readonly asOf: number;
  readonly events: number;
  readonly models: readonly string[];
}

interface Asking {
  readonly k?: number | undefined;
  /** Such as `genre = 'jazz' and year >= 1959`. */
  readonly filter?: string | undefined;
  /** Answers only with this write taken in. */
  readonly asOf?: number | undefined;
}

type WireProfile = readonly (WireId | { readonly item: WireId; readonly value?: number | undefined })[];

/** A user, or a profile of somebody who is not stored. */
export type WirePerson =
  | { readonly user: WireId; readonly profile?: undefined }
  | { readonly profile: WireProfile; readonly user?: undefined };

/** A user, a profile of somebody who is not stored, an item to be gone with, or an answer whose next page is meant. */
type WireAsker =
  | (WirePerson & { readonly item?: undefined; readonly next?: undefined })
  | Other<{ readonly item: WireId; readonly next?: undefined }>
  | Other<{ readonly next: string; readonly item?: undefined }>;
type Other<T> = T & { readonly user?: undefined; readonly profile?: undefined };

export type RecommendInput = Asking &
  WireAsker & {
    /** Besides the rules of the scenario. */
    readonly boost?: readonly WireBoost[] | undefined;
    readonly excludeSeen?: boolean | undefined;
    readonly excludeItems?: readonly WireId[] | undefined;
    readonly minScore?: number | undefined;
    /** Re-ranks so that items differ: true, or lambda from 0 (much) to 1 (not at all). */
    readonly diverse?: boolean | number | undefined;
    readonly fallback?: 'popular' | 'none' | undefined;
    readonly explain?: boolean | undefined;
  };

/** Raises or lowers items that pass a filter, by `times` or `plus`. */
export type WireBoost = { readonly filter: string } & (
  | { readonly times: number; readonly plus?: undefined }
  | { readonly plus: number; readonly times?: undefined }
);

export interface WireReason {
  /** The filter of the rule that added it. */
  readonly boost?: string | undefined;
  readonly item?: string | undefined;
  readonly user?: string | undefined;
  readonly model?: string | undefined;
  readonly contribution: number;
}

/** Who answered, and the last write that the answer knows of. */
export interface Signature {
  readonly asOf: number;
  readonly model: string;
  readonly version: number;
  /** Who of a split has answered. */
  readonly arm?: string | undefined;
}

export interface ComparisonAnswer {
  readonly scenario: string;
  /** Another definition of the scenario begins another run. */
  readonly run: string;
  readonly arms: readonly {
    readonly arm: string;
    readonly share: number;
    readonly users: number;
    readonly questions: number;
    readonly events: readonly {
      readonly type: string;
      readonly events: number;
      readonly usersWithEvents: number;
      /** Events by questions. */
      readonly rate: number;
    }[];
  }[];
  readonly differences: readonly {
    readonly arm: string;
    /** The first arm. */
    readonly against: string;
    readonly type: string;
    readonly difference: number | null;
    /** Holds the difference, and those of the other arms too, with 95%. Users are the unit. */
    readonly interval: readonly [number, number] | null;
    readonly verdict: 'not-enough' | 'open' | 'more' | 'fewer';
    /** The same in words. */
    readonly says: string;
  }[];
  readonly warnings: readonly string[];
  readonly asOf: number;
}

export interface RecommendAnswer extends Signature {
  readonly recommId: string;
  readonly items: readonly {
    readonly item: string;
    readonly score: number;
    readonly fallback?: 'popularity' | undefined;
    /** What the reasons are added to; 0 where it is not named. */
    readonly base?: number | undefined;
    readonly reasons?: readonly WireReason[] | undefined;
  }[];
  readonly fallback: boolean;
}

export interface SimilarItemsInput extends Asking {
  readonly minScore?: number | undefined;
  readonly item: WireId;
}

export interface SimilarItemsAnswer extends Signature {
  readonly recommId: string;
  readonly items: readonly { readonly item: string; readonly score: number }[];
}

export interface SimilarUsersInput extends Asking {
  readonly minScore?: number | undefined;
  readonly user: WireId;
}

export interface PeopleYouMayKnowInput extends SimilarUsersInput {
  /** Types of events whose item is another user. Default follow and friend. */
  readonly connections?: readonly string[] | undefined;
}

export interface SimilarUsersAnswer extends Signature {
  readonly users: readonly { readonly user: string; readonly score: number }[];
}

export type ExplainInput = WirePerson &
  Pick<Asking, 'asOf'> & { readonly item: WireId; readonly boost?: readonly WireBoost[] | undefined };

export interface ExplainAnswer extends Signature {
  readonly score: number;
  readonly base?: number | undefined;
  readonly reasons: readonly WireReason[];
}

export interface VectorInput {
  readonly id: WireId;
  readonly vector: ArrayLike<number>;
  readonly properties?: WireProperties | undefined;
}

/** By a vector, or by the id of one, which is left out of the answer. */
export type SearchInput = (
  | { readonly vector: ArrayLike<number>; readonly id?: undefined }
  | { readonly id: WireId; readonly vector?: undefined }
) & {
  readonly k?: number | undefined;
  readonly filter?: string | undefined;
  readonly minScore?: number | undefined;
};

export interface VectorAnswer {
  readonly id: string;
  readonly vector: readonly number[];
  readonly properties: WireProperties;
}

export interface WireHit {
  readonly id: string;
  readonly score: number;
  readonly properties: WireProperties;
}

export interface SearchAnswer {
  readonly asOf: number;
  readonly hits: readonly WireHit[];
}

export interface SearchesAnswer {
  readonly asOf: number;
  readonly answers: readonly { readonly hits: readonly WireHit[] }[];
}
