/** How a caller hands over a model, and the checks of it. */
import { readFunction } from '../../arguments/choices.js';
import { readCount } from '../../arguments/numbers.js';
import type { OptionNames } from '../../arguments/objects.js';
import { show } from '../../arguments/show.js';
import { KindredError } from '../../errors.js';
import { checkModel } from '../../similarity/rows/model-tag.js';
import type { MaskedOutput, ModelOutput } from './model-output.js';
import type { PoolingMask } from './pooling-mask.js';

export interface RunContext {
  /** Of the call that this batch belongs to, if it has one. */
  readonly signal: AbortSignal | undefined;
}

/**
 * A model and how to run it. kindred imports no runtime: what `load` returns, or what `run` finds in its own scope,
 * is the caller's session or network.
 */
export interface ModelOptions<Batch, Loaded> {
  /**
   * Names the model and whatever else makes its vectors comparable, such as a version: `use-lite-en@1`. At most 4096
   * bytes.
   */
  readonly model: string;
  /** Elements of an embedding: checked if given, else taken from the first batch. */
  readonly dim?: number | undefined;
  /** Inputs, or parts of them, that one run gets at most: 16 if not given. */
  readonly batchSize?: number | undefined;
  /**
   * `mean` averages a tensor of shape [inputs, ..., dim] over the axes between. Every place counts the same unless `mask` says
   * which are padding.
   */
  readonly pooling?: 'mean' | undefined;
  /**
   * For `pooling: 'mean'`: 1 for each place of each input of the batch that counts and 0 for padding, such as a tokenizer's
   * attention mask. `run` may return `{ output, mask }` instead.
   */
  readonly mask?:
    | ((batch: Batch, loaded: Loaded, context: RunContext) => PoolingMask | PromiseLike<PoolingMask>)
    | undefined;
  /** Loads the model before its first run; not called again unless it failed. */
  readonly load?: (() => Loaded | PromiseLike<Loaded>) | undefined;
  /** Runs the model: one embedding for each input of the batch, in order. */
  readonly run: (
    batch: Batch,
    loaded: Loaded,
    context: RunContext,
  ) => ModelOutput | MaskedOutput | PromiseLike<ModelOutput | MaskedOutput>;
}

export const MODEL_OPTIONS: OptionNames<ModelOptions<never, never>> = {
  model: true,
  dim: true,
  batchSize: true,
  pooling: true,
  mask: true,
  load: true,
  run: true,
};

/** Options, checked. */
export interface EmbedderSettings<Batch, Loaded> {
  readonly model: string;
  readonly dim: number | undefined;
  readonly batchSize: number;
  readonly pooling: 'mean' | undefined;
  readonly mask: ModelOptions<Batch, Loaded>['mask'];
  readonly load: () => Loaded | PromiseLike<Loaded>;
  readonly run: ModelOptions<Batch, Loaded>['run'];
}

const BATCH_SIZE = 16;

/** Of options that `readObject` has read. @throws KindredError INVALID_ARGUMENT */
export function readModelOptions<Batch, Loaded>(options: ModelOptions<Batch, Loaded>): EmbedderSettings<Batch, Loaded> {
  const { model, dim, batchSize = BATCH_SIZE, pooling, mask, load, run } = options;
  if (model === undefined) {
    throw new KindredError('INVALID_ARGUMENT', 'an embedder needs { model }, a text that names its model');
  }
  checkModel(model);
  readFunction(run, 'run', 'a function from a batch to its embeddings');
  if (load !== undefined) readFunction(load, 'load', 'a function that returns the model');
  if (dim !== undefined) readCount(dim, 'dim');
  readCount(batchSize, 'batchSize');
  if (pooling !== undefined && pooling !== 'mean') {
    throw new KindredError('INVALID_ARGUMENT', `pooling must be 'mean' or left out, not ${show(pooling)}`);
  }
  if (mask !== undefined) readFunction(mask, 'mask', 'a function from a batch to its mask');
  if (mask !== undefined && pooling === undefined) {
    throw new KindredError('INVALID_ARGUMENT', "mask says what counts in pooling: give { pooling: 'mean' } too");
  }
  // Without `load` there is nothing to hand to `run`, whose type says so.
  return { model, dim, batchSize, pooling, mask, load: load ?? (() => undefined as Loaded), run };
}
