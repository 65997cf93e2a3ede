/** What callers may ask when an index is saved or loaded, and the checks of it. */
import { readFlag } from '../../arguments/choices.js';
import { type OptionNames, readObject } from '../../arguments/objects.js';
import { type Abortable, readSignal } from '../../turns/abort.js';
import type { OnProgress } from '../../turns/progress.js';
import { readTurnOptions } from '../../turns/steps.js';
import { type IndexOptions, type IndexProgress, readRowsKept } from '../rows/index-options.js';
import { checkModel } from '../rows/model-tag.js';
import type { ReadIndexOptions } from './read.js';

export interface SaveBytesOptions {
  /** Names the embedding model that the vectors come from; the tag the index was loaded with if not given. At most 4096 bytes. */
  readonly model?: string | undefined;
}

export interface AsyncSaveBytesOptions extends SaveBytesOptions, Abortable {
  /** Told how many bytes are written. */
  readonly onProgress?: OnProgress<IndexProgress> | undefined;
}

export interface SaveOptions extends SaveBytesOptions {
  /** Gives up early and leaves what was there: the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface LoadBytesOptions extends Pick<IndexOptions, 'backend' | 'threads' | 'encode'> {
  /** The model tag that the file must have: another or none is refused. */
  readonly model?: string | undefined;
  /**
   * Believes the rows only: norms are compared with them, and the encoded copy is computed again. For files from strangers, since
   * a checksum tells damage but no forgery. With `mmap` it also checks every row, which is otherwise left to the first search.
   */
  readonly verify?: boolean | undefined;
}

export interface LoadOptions extends LoadBytesOptions {
  /** Leaves the rows in the file, to be paged in when needed, where the backend can; `stats().mapped` tells whether it does. */
  readonly mmap?: boolean | undefined;
  /** Told how many bytes are read, and then how far rows are encoded that came without. */
  readonly onProgress?: OnProgress<IndexProgress> | undefined;
  /** Gives up early: the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface AsyncLoadBytesOptions extends LoadBytesOptions, Pick<LoadOptions, 'onProgress' | 'signal'> {}

const SAVE_BYTES_OPTIONS: OptionNames<SaveBytesOptions> = { model: true };
const ASYNC_SAVE_BYTES_OPTIONS: OptionNames<AsyncSaveBytesOptions> = {
  ...SAVE_BYTES_OPTIONS,
  onProgress: true,
  signal: true,
};
const SAVE_OPTIONS: OptionNames<SaveOptions> = { ...SAVE_BYTES_OPTIONS, signal: true };
const LOAD_BYTES_OPTIONS: OptionNames<LoadBytesOptions> = {
  model: true,
  verify: true,
  backend: true,
  threads: true,
  encode: true,
};
const ASYNC_LOAD_BYTES_OPTIONS: OptionNames<AsyncLoadBytesOptions> = {
  ...LOAD_BYTES_OPTIONS,
  onProgress: true,
  signal: true,
};
const LOAD_OPTIONS: OptionNames<LoadOptions> = { ...ASYNC_LOAD_BYTES_OPTIONS, mmap: true };

/** @throws KindredError INVALID_ARGUMENT */
export function readSaveBytes(options: SaveBytesOptions): SaveBytesOptions {
  return readObject(options, "{ model: 'name' }", SAVE_BYTES_OPTIONS);
}

/** @throws KindredError INVALID_ARGUMENT */
export function readAsyncSaveBytes(options: AsyncSaveBytesOptions): AsyncSaveBytesOptions {
  const { model, ...turns } = readObject(options, "{ model: 'name' }", ASYNC_SAVE_BYTES_OPTIONS);
  return { model, ...readTurnOptions(turns) };
}

/** @throws KindredError INVALID_ARGUMENT */
export function readSave(options: SaveOptions): SaveOptions {
  const asked = readObject(options, "{ model: 'name' }", SAVE_OPTIONS);
  readSignal(asked.signal);
  return asked;
}

/** @throws KindredError INVALID_ARGUMENT */
export function readLoadBytes(options: LoadBytesOptions): LoadBytesOptions {
  return readObject(options, "{ model: 'name' }", LOAD_BYTES_OPTIONS);
}

/** @throws KindredError INVALID_ARGUMENT */
export function readAsyncLoadBytes(options: AsyncLoadBytesOptions): AsyncLoadBytesOptions {
  const asked = readObject(options, "{ model: 'name' }", ASYNC_LOAD_BYTES_OPTIONS);
  return { ...asked, ...readTurnOptions(asked) };
}

/** @throws KindredError INVALID_ARGUMENT */
export function readLoad(options: LoadOptions): LoadOptions {
  const asked = readObject(options, "{ model: 'name' }", LOAD_OPTIONS);
  return { ...asked, ...readTurnOptions(asked) };
}

/** Options of a load, checked. */
export type LoadRequest = Omit<ReadIndexOptions, 'name' | 'mapped'>;

/** @throws KindredError INVALID_ARGUMENT, BACKEND_UNAVAILABLE */
export function readLoadRequest(options: LoadOptions): LoadRequest {
  const { model, verify = false, mmap = false, backend, threads, encode } = options;
  checkModel(model);
  for (const [name, flag] of Object.entries({ verify, mmap })) {
    readFlag(flag, name);
  }
  const kept = readRowsKept({ dim: 1, backend, threads, encode });
  return { backend: kept.backend, threads: kept.threads, encodes: kept.encodes, model, verify };
}
