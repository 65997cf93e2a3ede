/** What an operator says and asks: models, scenarios, indexes, jobs, keys. A test holds these types to the schemas. */
import type { WireBoost, WireTime } from './types.js';

type ModelKind = 'item-knn' | 'user-knn' | 'ease' | 'als' | 'popularity';
/** Options of the library, such as `{ neighbors: 100 }`. */
type ModelOptions = Readonly<Record<string, string | number | boolean>>;

export interface ModelInput {
  /** Default `item-knn`. */
  readonly kind?: ModelKind | 'mixture' | undefined;
  readonly options?: ModelOptions | undefined;
  /** Of a mixture. */
  readonly members?:
    | readonly {
        readonly kind: ModelKind;
        readonly options?: ModelOptions | undefined;
        readonly weight?: number | undefined;
      }[]
    | undefined;
  readonly method?: 'weighted' | 'rrf' | undefined;
  /** What an event of each type counts for; others do not count. */
  readonly events?: Readonly<Record<string, number>> | undefined;
  /** What several events of one user with one item come to. Default `last`. */
  readonly duplicates?: 'last' | 'first' | 'latest' | 'sum' | 'max' | undefined;
  readonly retrain?:
    | { readonly everySeconds?: number | undefined; readonly everyEvents?: number | undefined }
    | undefined;
}

export interface ModelAnswer {
  readonly model: string;
  readonly definition: Readonly<Record<string, unknown>>;
  /** The version that answers; null before the first training. */
  readonly version: number | null;
  /** Whether it takes in every event at once. */
  readonly live: boolean;
  readonly asOf: number | null;
  /** Events that it has not taken in yet. */
  readonly waiting: number;
  readonly users: number;
  readonly items: number;
  readonly versions: readonly {
    readonly version: number;
    readonly asOf: number;
    readonly trainedAt: number;
    readonly bytes: number;
    readonly digest: string;
    readonly active: boolean;
  }[];
}

interface Defaults {
  readonly k?: number | undefined;
  readonly filter?: string | undefined;
  readonly excludeSeen?: boolean | undefined;
  readonly minScore?: number | undefined;
  readonly diverse?: boolean | number | undefined;
  readonly fallback?: 'popular' | 'none' | undefined;
  readonly boost?: readonly WireBoost[] | undefined;
}

export interface ScenarioInput extends Defaults {
  readonly model: string;
  /** Shares users out among arms, each of which changes what it names. */
  readonly split?:
    | {
        readonly salt?: string | undefined;
        readonly arms: readonly (Defaults & {
          readonly name: string;
          readonly share?: number | undefined;
          readonly model?: string | undefined;
        })[];
      }
    | undefined;
}

export type ScenarioAnswer = ScenarioInput & { readonly scenario: string };

export interface IndexInput {
  readonly dim: number;
  /** Default `cosine`. */
  readonly metric?: 'cosine' | 'dot' | 'euclidean' | undefined;
}

export interface IndexAnswer extends Required<IndexInput> {
  readonly index: string;
  readonly size: number;
  readonly asOf: number;
}

export interface NeighborGraphInput {
  /** Default 10. */
  readonly k?: number | undefined;
  readonly minScore?: number | undefined;
  /** Only neighbours that pass. */
  readonly filter?: string | undefined;
}

export interface NearDuplicatesInput {
  readonly minScore?: number | undefined;
  /** Only the best pairs. Default 10,000. */
  readonly limit?: number | undefined;
}

/** A vector and its nearest others, best first. */
export interface WireNeighbors {
  readonly id: string;
  readonly neighbors: readonly { readonly id: string; readonly score: number }[];
}

export interface WirePair {
  readonly a: string;
  readonly b: string;
  readonly score: number;
}

export interface WireJob {
  readonly job: string;
  readonly kind: 'train' | 'evaluate' | 'neighbor-graph' | 'near-duplicates';
  /** What it is about: a model or an index. */
  readonly model: string | null;
  readonly index: string | null;
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly error: { readonly code: string; readonly detail: string } | null;
  readonly result: Readonly<Record<string, unknown>> | null;
}

/** What happened in a job, oldest first; times are milliseconds since 1970. */
export type WireJobLog = readonly { readonly time: number; readonly says: string }[];

type Scope = 'read' | 'write' | 'admin';

export interface KeyInput {
  readonly scopes: readonly Scope[];
  /** Default everywhere. */
  readonly namespaces?: readonly string[] | undefined;
  readonly expires?: WireTime | undefined;
}

export interface KeyAnswer {
  readonly id: string;
  readonly scopes: readonly Scope[];
  readonly namespaces: readonly string[] | null;
  readonly expires: number | null;
}

/** The secret is shown once. */
export type KeyMade = KeyAnswer & { readonly secret: string; readonly asOf: number };

export interface WireFinding {
  readonly level: 'wrong' | 'note';
  readonly about: string;
  readonly says: string;
  readonly remedy: string;
}
