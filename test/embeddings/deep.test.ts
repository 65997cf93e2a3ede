/**
 * Adapters of deep models: order, batches, turns, what they refuse, and the model's name on its way through index and
 * file.
 */
import { describe, expect, it } from 'vitest';
import { embedder, textEmbedder } from '../../src/embeddings/index.js';
import { KindredError, VectorIndex } from '../../src/index.js';

/** Length, vowels and spaces: an embedding that can be checked by hand. */
const features = (text: string) => [text.length, text.replace(/[^aeiou]/g, '').length, text.split(' ').length];
const TEXTS = ['a bee', 'see the sea', 'why', 'onomatopoeia', 'x y z', 'the end', 'of it'];

function counting(options: { batchSize?: number; dim?: number } = {}) {
  const batches: string[][] = [];
  const run = (batch: string[]) => {
    batches.push(batch);
    return batch.map(features);
  };
  return { batches, texts: textEmbedder({ model: 'counts@1', ...options, run }) };
}

async function refusal(work: Promise<unknown> | (() => unknown)) {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    expect(error).toBeInstanceOf(KindredError);
    return `${(error as KindredError).code}: ${(error as KindredError).message}`;
  }
  throw new Error('nothing was refused');
}

describe('embed', () => {
  it.each([1, 2, 3, 7, 100])('gives each input its row, in batches of %i', async (batchSize) => {
    const { texts, batches } = counting({ batchSize });
    const { data, rows, dim } = await texts.embed(TEXTS);
    expect({ rows, dim }).toEqual({ rows: 7, dim: 3 });
    expect(data).toEqual(Float32Array.from(TEXTS.flatMap(features)));
    expect(batches.flat()).toEqual(TEXTS);
    expect(batches.map((batch) => batch.length)).toEqual(
      Array.from({ length: Math.ceil(7 / batchSize) }, (_, n) => Math.min(batchSize, 7 - n * batchSize)),
    );
  });

  it('takes inputs one by one, as from files, and does not read ahead of a batch', async () => {
    const read: string[] = [];
    const { texts, batches } = counting({ batchSize: 2 });
    async function* files() {
      for (const text of TEXTS) {
        expect(read.length).toBeLessThan(batches.length * 2 + 2);
        read.push(text);
        yield text;
      }
    }
    expect((await texts.embed(files())).rows).toBe(7);
    expect((await texts.embed(new Set(TEXTS))).data).toEqual((await texts.embed(TEXTS)).data);
  });

  it('knows its dim from the options, or once it has seen a batch', async () => {
    expect(counting({ dim: 3 }).texts.dim).toBe(3);
    const { texts } = counting();
    expect(texts.dim).toBeUndefined();
    expect(await texts.embed([])).toEqual({ data: new Float32Array(), rows: 0, dim: 0 });
    expect(await texts.embedOne('why')).toEqual(Float32Array.of(3, 0, 1));
    expect(texts.dim).toBe(3);
    expect(await texts.embed([])).toEqual({ data: new Float32Array(), rows: 0, dim: 3 });
  });

  it('takes inputs of any kind with the core alone', async () => {
    const points = embedder({
      model: 'points',
      run: (batch: { x: number; y: number }[]) => batch.map(({ x, y }) => [x, y]),
    });
    expect((await points.embed([{ x: 1, y: 2 }])).data).toEqual(Float32Array.of(1, 2));
  });

  it('tells how far it is', async () => {
    const told: unknown[] = [];
    const onProgress = (progress: unknown) => told.push(progress);
    await counting({ batchSize: 3 }).texts.embed(TEXTS, { onProgress });
    await counting({ batchSize: 5 }).texts.embed(TEXTS.values(), { onProgress });
    expect(told).toEqual([
      ...[3, 6, 7].map((done) => ({ phase: 'embed', done, total: 7 })),
      ...[5, 7].map((done) => ({ phase: 'embed', done, total: undefined })),
    ]);
  });
});

describe('a model', () => {
  it('is loaded once, at its first run, and again only after a failure', async () => {
    let loads = 0;
    const load = async () => {
      loads++;
      if (loads === 1) throw new Error('no file yet');
      return features;
    };
    const texts = textEmbedder({ model: 'lazy', load, run: (batch, embed) => batch.map(embed) });
    expect(loads).toBe(0);
    await expect(texts.embedOne('a')).rejects.toThrow('no file yet');
    const [one, other] = await Promise.all([texts.embedOne('a'), texts.embedOne('b c')]);
    expect([...one, ...other]).toEqual([1, 1, 1, 3, 0, 2]);
    expect(loads).toBe(2);
  });

  it('runs one batch at a time, whoever asks', async () => {
    let running = 0;
    const order: string[] = [];
    const run = async (batch: string[]) => {
      expect(++running).toBe(1);
      order.push(batch.join());
      await new Promise((resolve) => setTimeout(resolve, 2));
      running--;
      if (batch[0] === 'bad') throw new Error('bad input');
      return batch.map(features);
    };
    const texts = textEmbedder({ model: 'slow', batchSize: 1, run });
    const answers = await Promise.allSettled([texts.embed(['a', 'b']), texts.embed(['bad', 'c']), texts.embed(['d'])]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(order.sort()).toEqual(['a', 'b', 'bad', 'd']);
  });

  it('stops before the next batch when aborted, and can go on later', async () => {
    const { texts, batches } = counting({ batchSize: 2 });
    const controller = new AbortController();
    const reason = new Error('enough');
    const onProgress = () => controller.abort(reason);
    await expect(texts.embed(TEXTS, { signal: controller.signal, onProgress })).rejects.toBe(reason);
    expect(batches.length).toBe(1);
    await expect(texts.embed(TEXTS, { signal: controller.signal })).rejects.toBe(reason);
    await expect(texts.embed([], { signal: controller.signal })).rejects.toBe(reason);
    await expect(texts.embedOne('a', { signal: controller.signal })).rejects.toBe(reason);
    expect(batches.length).toBe(1);
    expect((await texts.embed(TEXTS)).rows).toBe(7);
  });

  it('that computes on this thread lets other events have their turn', async () => {
    const controller = new AbortController();
    let runs = 0;
    const run = (batch: string[]) => {
      runs++;
      const end = performance.now() + 5;
      while (performance.now() < end);
      return batch.map(features);
    };
    setTimeout(() => controller.abort('by a timer'), 0);
    const work = textEmbedder({ model: 'busy', batchSize: 1, run }).embed(new Array(400).fill('a'), {
      signal: controller.signal,
    });
    await expect(work).rejects.toBe('by a timer');
    expect(runs).toBeLessThan(400);
  });

  it('does not run for a call that was aborted while the model loaded, or while others had their turn', async () => {
    const controller = new AbortController();
    let runs = 0;
    const texts = textEmbedder({
      model: 'm',
      load: () => controller.abort('too late'),
      run: (batch) => {
        runs++;
        return batch.map(features);
      },
    });
    const calls = [
      texts.embed(['a'], { signal: controller.signal }),
      texts.embed(['b'], { signal: controller.signal }),
    ];
    await Promise.all(calls.map((call) => expect(call).rejects.toBe('too late')));
    expect(runs).toBe(0);
  });

  it('gets the signal too, and closes what the inputs come from', async () => {
    const { signal } = new AbortController();
    let closed = false;
    const seen: unknown[] = [];
    function* inputs() {
      try {
        yield* TEXTS;
      } finally {
        closed = true;
      }
    }
    const run = (_: string[], __: undefined, context: { signal: unknown }) => {
      seen.push(context.signal);
      throw new Error('cannot run');
    };
    const texts = textEmbedder({ model: 'm', batchSize: 2, run });
    await expect(texts.embed(inputs(), { signal })).rejects.toThrow('cannot run');
    expect({ closed, seen }).toEqual({ closed: true, seen: [signal] });
  });
});

describe('index and addTo', () => {
  it('make an index that names the model, in its files too', async () => {
    const { texts } = counting();
    const index = await texts.index(TEXTS.slice(0, 4), { ids: ['p', 'q', 'r', 's'], metric: 'euclidean' });
    expect({ model: index.model, metric: index.metric, ids: index.ids() }).toEqual({
      model: 'counts@1',
      metric: 'euclidean',
      ids: ['p', 'q', 'r', 's'],
    });
    await texts.addTo(index, TEXTS.slice(4), { ids: ['t', 'u', 'v'] });
    expect(index.search(await texts.embedOne(TEXTS[5]), 1)).toMatchObject([{ id: 'u', distance: 0 }]);

    const bytes = index.toBytes();
    const loaded = VectorIndex.fromBytes<string>(bytes, { model: texts.model });
    await texts.addTo(loaded, ['more'], { ids: ['w'] });
    expect(loaded.size).toBe(8);
    expect(await refusal(() => VectorIndex.fromBytes(bytes, { model: 'counts@2' }))).toMatch('MODEL_MISMATCH');
  });

  it('number rows without ids, and take an index that was made for the model', async () => {
    const { texts } = counting();
    const index = new VectorIndex({ dim: 3, model: 'counts@1' });
    await texts.addTo(index, TEXTS);
    await texts.addTo(index, []);
    expect(index.ids()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect((await texts.index(TEXTS)).ids()).toEqual(index.ids());
  });

  it('tell of both the model and the encoding', async () => {
    const phases = new Set<string>();
    const run = (batch: string[]) =>
      batch.map((text) => Array.from({ length: 64 }, (_, i) => Math.sin(i + text.length)));
    const texts = textEmbedder({ model: 'm', run });
    const many = Array.from({ length: 3000 }, (_, n) => 'x'.repeat(1 + (n % 50)));
    const index = await texts.index(many, { onProgress: ({ phase }) => phases.add(phase) });
    expect([...phases]).toEqual(index.stats().encoding ? ['embed', 'encode'] : ['embed']);
  });

  it('refuse an index of another model, of none, or of another dimension, before the model runs', async () => {
    const { texts, batches } = counting({ dim: 3 });
    const add = (index: VectorIndex) => refusal(texts.addTo(index, ['a']));
    expect(await add(new VectorIndex({ dim: 3, model: 'other' }))).toBe(
      'MODEL_MISMATCH: the index is of model "other", the embedder is of model "counts@1"',
    );
    expect(await add(new VectorIndex({ dim: 3 }))).toBe(
      'MODEL_MISMATCH: the index names no model, the embedder is of model "counts@1": make it with { model: "counts@1" }',
    );
    expect(await add(new VectorIndex({ dim: 4, model: 'counts@1' }))).toBe(
      'DIMENSION_MISMATCH: the index has 4 dimensions, model "counts@1" 3',
    );
    expect(await add({} as VectorIndex)).toBe(
      'INVALID_ARGUMENT: addTo expects a VectorIndex, not an object of class Object',
    );
    expect(batches).toEqual([]);
    const unknown = counting().texts;
    expect(await refusal(unknown.addTo(new VectorIndex({ dim: 4, model: 'counts@1' }), ['a']))).toMatch(
      'DIMENSION_MISMATCH',
    );
  });

  it('refuse wrong ids and options before the model runs', async () => {
    const { texts, batches } = counting();
    const two = ['a', 'b'];
    const index = VectorIndex.from([[1, 2, 3]], { ids: ['old'], model: 'counts@1' });
    expect(await refusal(texts.index(two, { ids: ['x'] }))).toBe(
      'DIMENSION_MISMATCH: 1 id for 2 texts, expected equally many',
    );
    expect(await refusal(texts.index(two, { ids: ['x', 'x'] }))).toBe('DUPLICATE_ID: id "x" is given twice');
    expect(await refusal(texts.index(two, { ids: 5 as never }))).toMatch(
      'INVALID_ARGUMENT: ids must be an array or another iterable',
    );
    expect(await refusal(texts.index(two, { ids: 'ab' as never }))).toMatch(
      'INVALID_ARGUMENT: ids must be an array or another iterable',
    );
    expect(await refusal(texts.index(two, { metric: 'odd' as never }))).toMatch('INVALID_ARGUMENT');
    expect(await refusal(texts.index(two, 7 as never))).toMatch('INVALID_ARGUMENT: options must be an object');
    expect(await refusal(texts.addTo(index, two, { ids: ['new', 'old'] }))).toBe(
      'DUPLICATE_ID: id "old" is in the index already',
    );
    expect(await refusal(texts.addTo(index, two, null as never))).toMatch(
      'INVALID_ARGUMENT: options must be an object',
    );
    expect(await refusal(texts.index([]))).toMatch('INVALID_ARGUMENT: an index of no inputs needs { dim }');
    expect(batches).toEqual([]);
    expect(index.size).toBe(1);
  });

  it('add all or none', async () => {
    const { texts } = counting({ batchSize: 1 });
    const index = await texts.index(['a'], { ids: ['one'] });
    expect(await refusal(texts.addTo(index, ['b', ' '], { ids: ['two', 'three'] }))).toMatch(
      'text 1 is only white space',
    );
    expect(await refusal(texts.addTo(index, ['b'].values(), { ids: ['two', 'three'] }))).toMatch('DIMENSION_MISMATCH');
    expect(index.ids()).toEqual(['one']);
  });
});

describe('refused at once', () => {
  it.each<[string, object | undefined, string]>([
    [
      'no options',
      undefined,
      "INVALID_ARGUMENT: options must be an object such as { model: 'name', run }, not undefined",
    ],
    ['no model', { run: features }, 'INVALID_ARGUMENT: an embedder needs { model }, a text that names its model'],
    ['an empty name', { model: '', run: features }, 'INVALID_ARGUMENT: model must be a text'],
    ['a long name', { model: 'x'.repeat(5000), run: features }, 'INVALID_ARGUMENT: model has 5000 bytes'],
    ['no run', { model: 'm' }, 'INVALID_ARGUMENT: run must be a function'],
    [
      'a model that is no function',
      { model: 'm', run: features, load: {} },
      'INVALID_ARGUMENT: load must be a function',
    ],
    ['a dim of 0', { model: 'm', run: features, dim: 0 }, 'INVALID_ARGUMENT: dim must be a positive integer, not 0'],
    [
      'half a batch',
      { model: 'm', run: features, batchSize: 0.5 },
      'INVALID_ARGUMENT: batchSize must be a positive integer',
    ],
    [
      'other pooling',
      { model: 'm', run: features, pooling: 'max' },
      "INVALID_ARGUMENT: pooling must be 'mean' or left out",
    ],
  ])('%s', async (_, options, message) => {
    expect(await refusal(() => textEmbedder(options as never))).toMatch(message);
    expect(await refusal(() => embedder(options as never))).toMatch(message);
  });

  it('a single text for a list, no list at all, or options that are none', async () => {
    const { texts } = counting();
    expect(await refusal(texts.embed('hello' as never))).toBe(
      'INVALID_ARGUMENT: expected a list of texts, not "hello"; embedOne takes a single one',
    );
    expect(await refusal(texts.embed(null as never))).toMatch('expected a list of texts, not null');
    expect(await refusal(texts.embed([], 3 as never))).toMatch('INVALID_ARGUMENT: options must be an object');
    expect(await refusal(texts.embed([], { onProgress: 1 as never }))).toMatch('onProgress must be a function');
    expect(await refusal(texts.embed([], { signal: {} as never }))).toMatch('signal must be an AbortSignal');
  });

  it.each<[unknown, string]>([
    ['', 'text 1 is empty: leave it out'],
    [' \n', 'text 1 is only white space: leave it out'],
    [7, 'text 1 must be a string, not 7'],
    [undefined, 'text 1 must be a string, not undefined'],
  ])('the text %j', async (text, message) => {
    expect(await refusal(counting().texts.embed(['a', text as string]))).toBe(`INVALID_ARGUMENT: ${message}`);
  });

  it('an index option that names no model', async () => {
    expect(await refusal(() => new VectorIndex({ dim: 2, model: '' }))).toMatch(
      'INVALID_ARGUMENT: model must be a text',
    );
    expect(await refusal(() => VectorIndex.from([[1]], { model: 3 as never }))).toMatch(
      'INVALID_ARGUMENT: model must be a text',
    );
    expect(VectorIndex.from([[1]], { model: 'm' }).model).toBe('m');
    expect(VectorIndex.fromBytes(VectorIndex.from([[1]], { model: 'm' }).toBytes()).model).toBe('m');
  });
});
