/** How the rows of an index are kept: what callers may ask, and the checks of it. */
import { readChoice } from '../../arguments/choices.js';
import { readCount, readThreads } from '../../arguments/numbers.js';
import { type OptionNames, readObject } from '../../arguments/objects.js';
import { readBackend } from '../../backend/choose.js';
import type { Backend, Dtype, Metric } from '../../backend/contract/backend.js';
import { KindredError } from '../../errors.js';
import type { Abortable } from '../../turns/abort.js';
import { type OnProgress, type Progress, readOnProgress } from '../../turns/progress.js';
import { readTurnOptions } from '../../turns/steps.js';
import { readDtype } from '../dtype.js';
import { readMetric } from '../metric.js';

export interface IndexOptions {
  /** What similarity means: `cosine` if not given. */
  readonly metric?: Metric | undefined;
  /**
   * How elements are stored: `float32` if not given. `float16` and `bfloat16` round to nearest, ties to even; `int8` takes
   * integers from -128 to 127 and nothing else; `float64` keeps every bit, and takes vectors whose sum of squares is 0 or
   * from 2^-900 to 2^900. Answers are exact for the rows as they are stored.
   */
  readonly dtype?: Dtype | undefined;
  /**
   * `auto`, the default, keeps a small encoded copy of the rows, with which searches are faster and answers the same: it takes
   * one byte per element. `none` does without.
   */
  readonly encode?: 'auto' | 'none' | undefined;
  /** Threads that one search may use where the backend has them, 1 to 1024: it chooses if not given. */
  readonly threads?: number | undefined;
  /** A backend, or its name as in `openBackend`; the fastest that works here if not given. */
  readonly backend?: Backend | string | undefined;
  /** Names the embedding model that the vectors come from; saved with the index, for `load` to check. At most 4096 bytes. */
  readonly model?: string | undefined;
}

/** How far an index is with work on its rows: rows added, encoded or searched for, or bytes read or written. */
export type IndexProgress = Progress<'add' | 'encode' | 'read' | 'search' | 'write'>;

export interface AddOptions {
  /** Told how far the encoding of the new rows is; never where nothing is encoded. The rows are in by then. */
  readonly onProgress?: OnProgress<IndexProgress> | undefined;
}

export interface AsyncAddOptions extends Abortable {
  /** Told how many rows are in, and then how far their encoding is. None is found before all are. */
  readonly onProgress?: OnProgress<IndexProgress> | undefined;
}

export interface FromOptions extends IndexOptions, AddOptions {
  /** Elements per vector: needed for a flat array, or for no vectors at all; checked otherwise. */
  readonly dim?: number | undefined;
}

export interface WithIds<Id extends string | number = string | number> {
  /** One for each vector. */
  readonly ids?: Iterable<Id> | undefined;
}

export interface AsyncFromOptions extends Omit<FromOptions, 'onProgress'>, AsyncAddOptions {}

const INDEX_OPTIONS: OptionNames<IndexOptions> = {
  metric: true,
  dtype: true,
  encode: true,
  threads: true,
  backend: true,
  model: true,
};
const NEW_OPTIONS: OptionNames<NewOptions> = { dim: true, ...INDEX_OPTIONS };
const FROM_OPTIONS: OptionNames<FromOptions & WithIds> = { ...NEW_OPTIONS, ids: true, onProgress: true };
const ASYNC_FROM_OPTIONS: OptionNames<AsyncFromOptions & WithIds> = { ...FROM_OPTIONS, signal: true };
const ADD_OPTIONS: OptionNames<AddOptions> = { onProgress: true };
const ASYNC_ADD_OPTIONS: OptionNames<AsyncAddOptions> = { onProgress: true, signal: true };

type NewOptions = IndexOptions & { readonly dim: number };

/** How rows are kept. All of it is fixed for the life of an index. */
export interface RowsKept {
  readonly dim: number;
  readonly metric: Metric;
  readonly dtype: Dtype;
  readonly backend: Backend;
  /** 0 lets the backend choose. */
  readonly threads: number;
  /** Whether rows are encoded at all. */
  readonly encodes: boolean;
}

/** @throws KindredError INVALID_ARGUMENT for what is no options, or for one that is unknown */
export function readIndexOptions(options: IndexOptions): IndexOptions {
  return readObject(options, "{ metric: 'dot' }", INDEX_OPTIONS);
}

/** Options of a new index. @throws KindredError INVALID_ARGUMENT */
export function readNewOptions(options: NewOptions): NewOptions {
  return readObject(options, '{ dim: 3 }', NEW_OPTIONS);
}

/** Options of an index of given vectors: those of a new one, and what to do with the vectors. */
export function readFromOptions<Options extends FromOptions & WithIds>(options: Options): Options {
  return readObject<FromOptions & WithIds>(options, "{ metric: 'dot' }", FROM_OPTIONS) as Options;
}

/** The same of an asynchronous one. */
export function readAsyncFromOptions<Options extends AsyncFromOptions & WithIds>(options: Options): Options {
  return readObject<AsyncFromOptions & WithIds>(options, "{ metric: 'dot' }", ASYNC_FROM_OPTIONS) as Options;
}

/** @throws KindredError INVALID_ARGUMENT */
export function readAsyncAddOptions(options: AsyncAddOptions): AsyncAddOptions {
  return readTurnOptions(readObject(options, '{ onProgress }', ASYNC_ADD_OPTIONS));
}

/** @throws KindredError INVALID_ARGUMENT */
export function readAddOptions(options: AddOptions): OnProgress<IndexProgress> | undefined {
  return readOnProgress(readObject(options, '{ onProgress }', ADD_OPTIONS).onProgress);
}

/** Options as they were read, checked. @throws KindredError INVALID_ARGUMENT, BACKEND_UNAVAILABLE */
export function readRowsKept({ dim, ...options }: NewOptions): RowsKept {
  const { metric, dtype, encode = 'auto', threads, backend } = options;
  return {
    dim: readCount(dim, 'dim'),
    metric: readMetric(metric),
    dtype: readDtype(dtype),
    encodes: readChoice(encode, 'encode', ['auto', 'none']) === 'auto',
    threads: readThreads(threads),
    backend: readBackend(backend),
  };
}

/** What vectors say of their dimension. @throws KindredError INVALID_ARGUMENT if there are none to say it */
export function knownDim(dim: number): number {
  if (dim === 0) throw new KindredError('INVALID_ARGUMENT', 'an index of no vectors needs { dim }');
  return dim;
}
