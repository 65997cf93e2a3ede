/** Makes a model out of its file, by a function that knows its class. */
import { type OptionNames, readObject } from '../../../arguments/objects.js';
import { show } from '../../../arguments/show.js';
import { readBackend } from '../../../backend/choose.js';
import type { Backend } from '../../../backend/contract/backend.js';
import { KindredError } from '../../../errors.js';
import type { Id } from '../../data/ids.js';
import type { Interactions } from '../../data/interactions.js';
import type { ModelParts } from './layout.js';
import { asCorrupt, type ReadModel, readModel, requireModel } from './read.js';

export interface LoadModelOptions {
  /** Computes what the model is asked. Default the best that runs here. */
  readonly backend?: Backend | string | undefined;
}

const LOAD_OPTIONS: OptionNames<LoadModelOptions> = { backend: true };

/** Before the file, because it is the caller's word. @throws KindredError INVALID_ARGUMENT, BACKEND_UNAVAILABLE */
function readLoading(options: LoadModelOptions): Backend | undefined {
  const { backend } = readObject(options, "{ backend: 'wasm' }", LOAD_OPTIONS);
  return backend === undefined ? undefined : readBackend(backend);
}

/** The type of the ids is the caller's word. */
type Make<M, U extends Id, I extends Id> = (
  interactions: Interactions<U, I>,
  parts: ModelParts,
  backend?: Backend | string,
) => M;

/** A model of the class named, or of any, out of bytes. */
export function fromBytes<M, U extends Id, I extends Id>(
  wanted: string | undefined,
  bytes: Uint8Array,
  options: LoadModelOptions,
  make: Make<M, U, I>,
): M {
  const backend = readLoading(options);
  return makeOf('the model', wanted, readModel(bytes), backend, make);
}

/** A model of the class named, or of any, out of a file. Node only. */
export async function load<M, U extends Id, I extends Id>(
  wanted: string | undefined,
  path: string | URL,
  options: LoadModelOptions,
  make: Make<M, U, I>,
): Promise<M> {
  const backend = readLoading(options);
  // What only files on a disk need is loaded with the first of them.
  const { locate, readWholeFile } = await import('../../../files/disk.js');
  const { name } = locate(path);
  return makeOf(name, wanted, readModel(await readWholeFile(path, requireModel(name)), name, true), backend, make);
}

function makeOf<M, U extends Id, I extends Id>(
  name: string,
  wanted: string | undefined,
  { interactions, parts }: ReadModel,
  backend: Backend | undefined,
  make: Make<M, U, I>,
): M {
  if (wanted !== undefined && parts.name !== wanted) {
    const advice = 'loadModel and modelFromBytes read models of every class';
    throw new KindredError(
      'MODEL_MISMATCH',
      `${name}: found a model of the class ${show(parts.name)}, expected ${show(wanted)}; ${advice}`,
    );
  }
  return asCorrupt(name, () => make(interactions as Interactions<never, never> as Interactions<U, I>, parts, backend));
}
