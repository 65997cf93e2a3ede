/** Finds and loads the C++ addon, and checks that it is what it should be. */
import { VERSION } from '../../version.js';
import type {
  Dtype,
  Elements,
  EncodedState,
  Encoding,
  EncodingPart,
  Floats,
  MappedRows,
  Metric,
  Rows,
  SearchCounts,
} from '../contract/backend.js';
import type { AddonAls } from './als.js';
import type { AddonEmbedding } from './embedding.js';
import type { AddonLinear } from './linear.js';
import { addonFiles, remedyOf, whyNoAddon } from './places.js';
import type { AddonSparse } from './sparse.js';

/** native/addon/module.cc. */
export interface Addon {
  /** Of the package that it was built for. */
  readonly version: string;
  /** Levels of this build, best first; an empty obstacle means that the CPU can run it. */
  levels(): { level: string; obstacle: string }[];
  open(level: string): AddonKernels;
  /** Vector extensions of this CPU, as compilers spell them. */
  features(): string[];
  /** Threads that a search uses if nobody says: the physical cores that this process may use. */
  cores(): number;
}

/** Takes nothing but two arrays of this very class and one length: it reads their bytes unseen. */
export type PairKernel<T extends Floats> = (a: T, b: T) => number;

/** native/addon/bind_kernels.cc. */
export interface AddonKernels extends AddonAls, AddonEmbedding, AddonLinear, AddonSparse {
  dotFloat32: PairKernel<Float32Array>;
  dotFloat64: PairKernel<Float64Array>;
  cosineFloat32: PairKernel<Float32Array>;
  cosineFloat64: PairKernel<Float64Array>;
  euclideanFloat32: PairKernel<Float32Array>;
  euclideanFloat64: PairKernel<Float64Array>;
  pairs(metric: Metric, a: Rows, b: Rows, out: Float64Array): void;
  matrix(metric: Metric, a: Rows, b: Rows | undefined, out: Float32Array, threads: number): number;
  /** `threads` that one search may use, 0 to leave it to the search. */
  openCorpus(dim: number, metric: Metric, dtype: Dtype, threads: number): AddonCorpus;
}

/** Positional, since reading the members of a record would take as long as a small search. */
type Search<Result> = (
  queries: Floats,
  k: number,
  minScore: number,
  admit: Uint8Array | undefined,
  counts: Uint32Array,
  positions: Uint32Array,
  scores: Float64Array,
) => Result;

/** Work off the JavaScript thread. `done` resolves when it is finished or cancelled. */
export interface AddonWork {
  readonly done: Promise<undefined>;
  cancel(): void;
}

/** native/addon/bind_search.cc: the rows as they were when they were frozen. */
export interface AddonFrozenRows {
  search: Search<AddonWork>;
  openGraph(k: number, minScore: number, admit: Uint8Array | undefined): AddonGraph | undefined;
  read(slot: number, count: number): Elements;
  counted(): SearchCounts;
  /** What the leading rows are encoded as. */
  encoding(): Pick<Encoding, 'mode' | 'mean' | 'rows'> | undefined;
  readEncoding<Part extends EncodingPart>(part: Part, first: number, count: number): Encoding[Part];
  free(): void;
}

/** native/addon/bind_search.cc. */
export interface AddonGraph {
  readonly blocks: number;
  rows(block: number): Uint32Array;
  run(block: number): void;
  runAsync(block: number): AddonWork;
  /** The answer to the last block that was run. */
  take(block: number, counts: Uint32Array, positions: Uint32Array, scores: Float64Array): void;
  counted(): SearchCounts;
  free(): void;
}

/** native/addon/bind_corpus.cc. */
export interface AddonCorpus {
  readonly size: number;
  readonly bytes: number;
  readonly threads: number;
  readonly mapped: boolean;
  /** Those that there are kernels for. */
  readonly ways: string[];
  way: string | undefined;
  map(path: string, mapped: MappedRows): void;
  append(rows: Elements): number;
  overwrite(slot: number, row: Elements): boolean;
  read(slot: number, count: number): Elements;
  compact(keep: Uint8Array): void;
  search: Search<void>;
  freeze(): AddonFrozenRows;
  openGraph(k: number, minScore: number, admit: Uint8Array | undefined): AddonGraph | undefined;
  encode(rows: number): number;
  readonly encoded: EncodedState | undefined;
  adopt(encoding: Encoding, first: number, last: number): number;
  readonly lastSearch: SearchCounts | undefined;
  free(): void;
}

let loaded: Addon | Error | undefined;

/** The addon, loaded once. @throws Error saying why there is none. */
export function loadAddon(): Addon {
  loaded ??= tryLoad();
  if (loaded instanceof Error) throw loaded;
  return loaded;
}

function tryLoad(): Addon | Error {
  const failures: string[] = [];
  for (const file of addonFiles()) {
    try {
      return checked(load(file));
    } catch (error) {
      failures.push(`${file}: ${error instanceof Error ? error.message : error}`);
    }
  }
  if (failures.length === 0) return new Error(whyNoAddon());
  const reasons = failures.join('; ');
  return new Error(`the native addon cannot be loaded (${reasons})${remedyOf(reasons)}`);
}

/** As `require` does, which bundlers would try to follow. */
function load(file: string): Partial<Addon> {
  const module = { exports: {} };
  process.dlopen(module, file);
  return module.exports;
}

/** A runtime without addons may hand out an empty object instead of an error. */
function checked(addon: Partial<Addon> | undefined): Addon {
  const expected = ['levels', 'open', 'features', 'cores'] as const;
  if (!expected.every((name) => typeof addon?.[name] === 'function')) {
    throw new Error('it loads, but lacks the functions of a kindred addon');
  }
  if (addon?.version !== VERSION) {
    throw new Error(`it is of kindred ${addon?.version ?? 'of unknown version'}, not ${VERSION}`);
  }
  return addon as Addon;
}
