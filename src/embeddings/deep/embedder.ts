/** Turns what a deep model embeds into rows of a VectorIndex: in batches, in order, checked. Runs no model itself. */
import { readIterable } from '../../arguments/choices.js';
import { type OptionNames, reading, readObject } from '../../arguments/objects.js';
import { show } from '../../arguments/show.js';
import { KindredError } from '../../errors.js';
import { VectorIndex } from '../../similarity/index/vector-index.js';
import type { FromOptions } from '../../similarity/rows/index-options.js';
import { type Matrix, refuseNonFinite } from '../../similarity/vectors.js';
import { type Abortable, readSignal } from '../../turns/abort.js';
import { type OnProgress, type Progress, readOnProgress } from '../../turns/progress.js';
import { TimeSlice } from '../../turns/turn.js';
import { type EmbedderSettings, MODEL_OPTIONS, type ModelOptions, readModelOptions } from './embedder-options.js';
import { count, readModelOutput, withoutMask } from './model-output.js';

/** `embed` while the model runs, `encode` while an index encodes the new rows; in inputs, or rows. */
export interface EmbedProgress extends Omit<Progress<'embed' | 'encode'>, 'total'> {
  /** Undefined if the inputs come from an iterable of unknown length. */
  readonly total: number | undefined;
}

/** The signal ends the work before the next batch, and is handed to `run`, too. */
export interface EmbedOptions extends Abortable {
  /** Told after every batch. What it throws ends the work. */
  readonly onProgress?: OnProgress<EmbedProgress> | undefined;
}

export interface AddToOptions<Id> extends EmbedOptions {
  /** One for each input; the next numbers if not given. */
  readonly ids?: Iterable<Id> | undefined;
}

/** Options of the new index, but for its `dim` and `model`, which the embedder knows. */
export interface EmbedIndexOptions<Id> extends Omit<FromOptions, 'dim' | 'model' | 'onProgress'>, AddToOptions<Id> {}

const EMBED_ONE_OPTIONS: OptionNames<EmbedOneOptions> = { signal: true };
const EMBED_OPTIONS: OptionNames<EmbedOptions> = { ...EMBED_ONE_OPTIONS, onProgress: true };
const ADD_TO_OPTIONS: OptionNames<AddToOptions<never>> = { ...EMBED_OPTIONS, ids: true };
const INDEX_OPTIONS: OptionNames<EmbedIndexOptions<never>> = {
  ...ADD_TO_OPTIONS,
  metric: true,
  dtype: true,
  encode: true,
  threads: true,
  backend: true,
};

type EmbedOneOptions = Pick<EmbedOptions, 'signal'>;

/** Inputs in memory, or coming one by one, as when files are read. */
export type Inputs<Input> = Iterable<Input> | AsyncIterable<Input>;

/**
 * A model that turns inputs into vectors. Calls that overlap take turns, batch by batch: a session runs one at a
 * time.
 */
export interface Embedder<Input> {
  /** Names the model. An index made here carries it, its files too, and refuses rows of another. */
  readonly model: string;
  /** Elements of an embedding: as in the options, or as first seen; undefined before. */
  readonly dim: number | undefined;
  /**
   * One row for each input, in order, as float32.
   * @throws KindredError DIMENSION_MISMATCH, NOT_FINITE, INVALID_ARGUMENT naming the input; what `load` or `run` throws
   */
  embed(inputs: Inputs<Input>, options?: EmbedOptions): Promise<Matrix>;
  /** The embedding of a single input, such as a query. */
  embedOne(input: Input, options?: EmbedOneOptions): Promise<Float32Array>;
  /** A new index of these inputs. Errors as for `embed` and `VectorIndex.from`. */
  index(inputs: Inputs<Input>, options?: EmbedIndexOptions<number> & { ids?: undefined }): Promise<VectorIndex<number>>;
  index(
    inputs: Inputs<Input>,
    options: EmbedIndexOptions<string> & { ids: Iterable<string> },
  ): Promise<VectorIndex<string>>;
  index(
    inputs: Inputs<Input>,
    options: EmbedIndexOptions<number> & { ids: Iterable<number> },
  ): Promise<VectorIndex<number>>;
  /**
   * Adds inputs to an index of the same model, all or none. What is wrong with the ids is found before the model runs.
   * @throws KindredError MODEL_MISMATCH, DIMENSION_MISMATCH, DUPLICATE_ID, and as for `embed`
   */
  addTo<Id extends string | number>(
    index: VectorIndex<Id>,
    inputs: Inputs<Input>,
    options?: AddToOptions<Id>,
  ): Promise<void>;
}

/** What an adapter adds to the core. */
export interface Adapter<Input, Unit, Batch> {
  /** What inputs are called in errors, such as `text`. */
  readonly what: string;
  /** The parts of an input that the model sees, at least one: its embedding is the mean of theirs. Called in order. */
  prepare(input: Input, name: string): readonly Unit[];
  /** What `run` is given for some units. */
  batch(units: readonly Unit[]): Batch;
  /** Whether features are axis 1 of a tensor, as in NCHW. */
  readonly featuresFirst?: boolean;
}

/**
 * The core of `textEmbedder`, `imageEmbedder` and `audioEmbedder`, for inputs of any other kind: `run` gets the
 * inputs of a batch as they are and returns one embedding for each.
 * @throws KindredError INVALID_ARGUMENT
 * @example
 * const years = embedder<number>({ model: 'decades', run: (batch) => batch.map((year) => [year % 10, 1]) });
 * const index = await years.index([1987, 1990], { ids: ['seven', 'zero'] });
 * index.search(await years.embedOne(2007), 1)[0].id; // 'seven'
 */
export function embedder<Input, Loaded = undefined>(options: ModelOptions<Input[], Loaded>): Embedder<Input> {
  const read = readObject(options, "{ model: 'name', run }", MODEL_OPTIONS);
  return adapt(read, { what: 'input', prepare: (input: Input) => [input], batch: (units) => [...units] });
}

/** An embedder of options that `readObject` has read, whose inputs an adapter prepares. @throws KindredError INVALID_ARGUMENT */
export function adapt<Input, Unit, Batch, Loaded>(
  options: ModelOptions<Batch, Loaded>,
  adapter: Adapter<Input, Unit, Batch>,
): Embedder<Input> {
  return new ModelEmbedder(readModelOptions(options), adapter);
}

class ModelEmbedder<Input, Unit, Batch, Loaded> implements Embedder<Input> {
  readonly model: string;
  readonly #settings: EmbedderSettings<Batch, Loaded>;
  readonly #adapter: Adapter<Input, Unit, Batch>;
  #dim: number | undefined;
  #loaded: Promise<Loaded> | undefined;
  /** Settles when nobody runs the model. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(settings: EmbedderSettings<Batch, Loaded>, adapter: Adapter<Input, Unit, Batch>) {
    this.model = settings.model;
    this.#dim = settings.dim;
    this.#settings = settings;
    this.#adapter = adapter;
  }

  get dim(): number | undefined {
    return this.#dim;
  }

  async embed(inputs: Inputs<Input>, options: EmbedOptions = {}): Promise<Matrix> {
    const { signal, onProgress } = readEmbedOptions(options);
    const total = lengthOf(inputs, this.#adapter.what);
    const means = new Means();
    let waiting: Unit[] = [];
    let at = 0;
    const slice = new TimeSlice();
    signal?.throwIfAborted();
    const flush = async () => {
      const units = waiting;
      waiting = [];
      await this.#run(units, means, signal);
      onProgress?.({ phase: 'embed', done: means.rows.length, total });
      if (!slice.isOver) return;
      // A runtime may compute on this very thread, where nothing could abort it otherwise.
      await slice.next();
      signal?.throwIfAborted();
    };
    for await (const input of inputs) {
      const units = this.#adapter.prepare(input, `${this.#adapter.what} ${at}`);
      at++;
      means.expect(units.length);
      for (const unit of units) {
        waiting.push(unit);
        if (waiting.length === this.#settings.batchSize) await flush();
      }
    }
    if (waiting.length > 0) await flush();
    const dim = this.#dim ?? 0;
    const data = new Float32Array(means.rows.length * dim);
    for (const [r, row] of means.rows.entries()) data.set(row, r * dim);
    return { data, rows: means.rows.length, dim };
  }

  async embedOne(input: Input, options: EmbedOneOptions = {}): Promise<Float32Array> {
    const { signal } = readObject(options, '{ signal }', EMBED_ONE_OPTIONS);
    return (await this.embed([input], { signal })).data;
  }

  async index<Id extends string | number>(
    inputs: Inputs<Input>,
    options: EmbedIndexOptions<Id> & { ids?: Iterable<Id> | undefined } = {},
  ): Promise<VectorIndex<Id>> {
    const { ids, onProgress, signal, ...rest } = readObject(options, "{ ids: ['a', 'b'] }", INDEX_OPTIONS);
    // Made first, and thrown away, so that a wrong option is told of before the model runs.
    new VectorIndex<Id>({ ...rest, dim: this.#dim ?? 1, model: this.model }).dispose();
    const known = ids === undefined ? undefined : this.#checkIds(ids, inputs);
    const rows = await this.embed(inputs, { onProgress, signal });
    if (rows.dim === 0) {
      throw new KindredError('INVALID_ARGUMENT', "an index of no inputs needs { dim } in the embedder's options");
    }
    const told = onProgress && {
      onProgress: ({ done, total }: Progress) => onProgress({ phase: 'encode', done, total }),
    };
    return VectorIndex.from<Id>(rows, { ...rest, ...told, ids: known, model: this.model });
  }

  async addTo<Id extends string | number>(
    index: VectorIndex<Id>,
    inputs: Inputs<Input>,
    options: AddToOptions<Id> = {},
  ): Promise<void> {
    const { ids, onProgress, signal } = readObject(options, "{ ids: ['a', 'b'] }", ADD_TO_OPTIONS);
    this.#checkIndex(index);
    const known = ids === undefined ? undefined : this.#checkIds(ids, inputs, index);
    const rows = await this.embed(inputs, { onProgress, signal });
    if (rows.rows === 0) return;
    this.#checkIndex(index);
    const told = onProgress && {
      onProgress: ({ done, total }: Progress) => onProgress({ phase: 'encode', done, total }),
    };
    index.addMany(rows, known, told);
  }

  /** Runs the model on some units and adds their embeddings to the means. */
  async #run(units: readonly Unit[], means: Means, signal: AbortSignal | undefined): Promise<void> {
    const { run, pooling, mask: maskOf } = this.#settings;
    const name = `model ${show(this.model)}`;
    const expected = { rows: units.length, pooling, featuresFirst: this.#adapter.featuresFirst === true, name };
    await this.#inTurn(async () => {
      signal?.throwIfAborted();
      const loaded = await this.#load();
      signal?.throwIfAborted();
      const batch = this.#adapter.batch(units);
      const given = withoutMask(await run(batch, loaded, { signal }));
      const mask = given.mask ?? (await maskOf?.(batch, loaded, { signal }));
      const { data, dim } = await readModelOutput(given.output, { ...expected, mask, dim: this.#dim });
      for (let unit = 0; unit < units.length; unit++) {
        const row = data.subarray(unit * dim, (unit + 1) * dim);
        const place = `${this.#adapter.what} ${means.rows.length}`;
        const narrow = Float32Array.from(row);
        refuseNonFinite(
          narrow,
          dim,
          row,
          (_, element) => `${name} gave for ${place} an embedding whose element ${element}`,
        );
        means.add(row);
      }
      this.#dim ??= dim;
      signal?.throwIfAborted();
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    // Whoever waits behind a failure has a turn all the same.
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** Loads the model once. After a failure the next call tries again. */
  #load(): Promise<Loaded> {
    this.#loaded ??= Promise.resolve()
      .then(this.#settings.load)
      .catch((error) => {
        this.#loaded = undefined;
        throw error;
      });
    return this.#loaded;
  }

  #checkIndex<Id extends string | number>(index: VectorIndex<Id>): void {
    if (!(index instanceof VectorIndex)) {
      throw new KindredError('INVALID_ARGUMENT', `addTo expects a VectorIndex, not ${show(index)}`);
    }
    if (index.model !== this.model) {
      const found = index.model === undefined ? 'names no model' : `is of model ${show(index.model)}`;
      const remedy = index.model === undefined ? `: make it with { model: ${show(this.model)} }` : '';
      throw new KindredError(
        'MODEL_MISMATCH',
        `the index ${found}, the embedder is of model ${show(this.model)}${remedy}`,
      );
    }
    if (this.#dim !== undefined && index.dim !== this.#dim) {
      throw new KindredError(
        'DIMENSION_MISMATCH',
        `the index has ${index.dim} dimensions, model ${show(this.model)} ${this.#dim}`,
      );
    }
  }

  /** The ids as a list: as many as inputs, each once and none in the index, as far as that can be told by now. */
  #checkIds<Id extends string | number>(ids: Iterable<Id>, inputs: Inputs<Input>, index?: VectorIndex<Id>): Id[] {
    const list = Array.from(readIterable(ids, 'ids'));
    const inputCount = lengthOf(inputs, this.#adapter.what);
    if (inputCount !== undefined && inputCount !== list.length) {
      const given = `${count(list.length, 'id')} for ${count(inputCount, this.#adapter.what)}`;
      throw new KindredError('DIMENSION_MISMATCH', `${given}, expected equally many`);
    }
    const seen = new Set<Id>();
    for (const id of list) {
      if (seen.has(id) || index?.has(id)) {
        const where = seen.has(id) ? 'given twice' : 'in the index already';
        throw new KindredError('DUPLICATE_ID', `id ${show(id)} is ${where}`);
      }
      seen.add(id);
    }
    return list;
  }
}

/** The mean embedding of the units of each input, in float64, as units come in. */
class Means {
  /** Of the inputs that are complete. */
  readonly rows: Float32Array[] = [];
  readonly #units: number[] = [];
  #sum: Float64Array | undefined;
  #summed = 0;

  /** Announces an input of so many units. */
  expect(units: number): void {
    this.#units.push(units);
  }

  add(unit: Float32Array | Float64Array): void {
    const units = this.#units[this.rows.length];
    this.#sum ??= new Float64Array(unit.length);
    for (let i = 0; i < unit.length; i++) this.#sum[i] += unit[i];
    if (++this.#summed < units) return;
    const sum = this.#sum;
    this.rows.push(Float32Array.from(sum, (value) => value / units));
    this.#sum = undefined;
    this.#summed = 0;
  }
}

function readEmbedOptions(options: EmbedOptions): EmbedOptions {
  const { onProgress, signal } = readObject(options, '{ signal }', EMBED_OPTIONS);
  return { onProgress: readOnProgress(onProgress), signal: readSignal(signal) };
}

/**
 * How many inputs there are, where that can be told. @throws KindredError INVALID_ARGUMENT if they are no list at
 * all.
 */
function lengthOf(inputs: unknown, what: string): number | undefined {
  // A text is an iterable of its characters, which nobody means to embed one by one.
  const isIterable =
    typeof inputs === 'object' &&
    inputs !== null &&
    reading('inputs', () => Symbol.iterator in inputs || Symbol.asyncIterator in inputs);
  if (!isIterable) {
    throw new KindredError(
      'INVALID_ARGUMENT',
      `expected a list of ${what}s, not ${show(inputs)}; embedOne takes a single one`,
    );
  }
  if (Symbol.iterator in inputs) readIterable(inputs as Iterable<unknown>, 'inputs');
  if (Array.isArray(inputs)) return inputs.length;
  return inputs instanceof Set ? inputs.size : undefined;
}
