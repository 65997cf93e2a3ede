/** What callers do by mistake: it is refused by name, and never answered in silence. */
import { describe, expect, it } from 'vitest';
import {
  cosineSimilarity,
  dot,
  euclidean,
  KindredError,
  norm,
  normalize,
  similarities,
  similarityMatrix,
  topK,
  VectorIndex,
} from '../../../src/index.js';
import { Roster } from '../../../src/similarity/rows/roster.js';
import { backends } from '../../fixtures/plain-rows.js';

const ROWS = [
  [1, 0],
  [0.8, 0.6],
  [0, 1],
];
const make = (backend: string) => VectorIndex.from(ROWS, { backend });

function detached<A extends Float32Array | Uint8Array>(array: A): A {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
  return array;
}

function revoked(): never {
  const { proxy, revoke } = Proxy.revocable([] as unknown[], {});
  revoke();
  return proxy as never;
}

/** A Proxy of an object that runs `act` once, when something is first read of it. */
function trap<T extends object>(target: T, act: () => void): T {
  let sprung = false;
  return new Proxy(target, {
    get(of, name) {
      if (!sprung) {
        sprung = true;
        act();
      }
      return Reflect.get(of, name);
    },
  });
}

async function refusal(act: () => unknown): Promise<string> {
  const error = await (async () => act())().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(KindredError);
  return (error as KindredError).message;
}

describe.each(backends)('on %s', (backend) => {
  const index = make(backend);
  const ways: [string, (filter: never) => unknown][] = [
    ['search', (filter) => index.search([1, 0], { k: 2, filter })],
    ['searchAsync', (filter) => index.searchAsync([1, 0], { k: 2, filter })],
    ['searchBatch', (filter) => index.searchBatch(ROWS, { k: 2, filter })],
    ['searchBatchAsync', (filter) => index.searchBatchAsync(ROWS, { k: 2, filter })],
    ['neighbors', (filter) => index.neighbors(0, { k: 2, filter })],
    ['neighborsAsync', (filter) => index.neighborsAsync(0, { k: 2, filter })],
    ['neighborGraph', (filter) => index.neighborGraph({ k: 2, filter })],
    ['neighborGraphAsync', (filter) => index.neighborGraphAsync({ k: 2, filter })],
    ['diverse', (filter) => index.diverse([1, 0], { k: 2, filter })],
    ['diverseAsync', (filter) => index.diverseAsync([1, 0], { k: 2, filter })],
  ];

  it.each<[string, unknown, RegExp]>([
    ['that is asynchronous', async (id: number) => id > 0, /answered an object of class Promise: a filter cannot wait/],
    ['that answers with a promise', () => Promise.resolve(false), /a filter cannot wait/],
    ['that forgets to answer', () => undefined, /must answer true or false, and for id 0 it answered undefined/],
    ['that answers 1', () => 1, /answered 1$/],
    ['that is a generator', function* () {}, /must answer true or false/],
    ['of true and false', [true, false, true], /an id in filter must be a string or a number .* not true/],
    ['of nothing', [null], /an id in filter must be .* not null/],
    ['of BigInts', [1n], /an id in filter must be .* not 1n/],
    ['of unsafe integers', [2 ** 53], /an id in filter must be .* not 9007199254740992/],
    ['of pairs', new Map([[1, 2]]), /an id in filter must be .* not an object of class Array/],
    ['of ids as texts', ['1'], /filter has "1", but the index has 1, a number: ids keep their type/],
    ['that denies texts', { deny: ['2'] }, /filter.deny has "2", but the index has 2/],
    ['that denies and allows', { deny: [1], allow: [2] }, /there is no option "allow"/],
    ['of clamped bytes', new Uint8ClampedArray([1, 0, 1]), /cannot be a Uint8ClampedArray/],
    ['of signed bytes', new Int8Array([1, 0, 1]), /cannot be a Int8Array/],
    ['of 16-bit integers', new Uint16Array([1, 0, 1]), /cannot be a Uint16Array/],
    ['of floats', new Float32Array([1, 0, 1]), /cannot be a Float32Array/],
    ['of 64-bit integers', new BigInt64Array([1n]), /cannot be a BigInt64Array/],
    ['that denies a bitmap', { deny: new Uint8Array([1, 0, 1]) }, /cannot be a Uint8Array/],
    ['that was transferred', detached(new Uint8Array(3)), /the memory of filter is gone/],
    ['that is a Proxy of a bitmap', new Proxy(new Uint8Array(3), {}), /filter must be an array or another iterable/],
    ['that cannot be asked', revoked(), /filter cannot be read/],
    ['in a promise', Promise.resolve([1]), /filter must be an iterable of ids/],
  ])('a filter %s is refused', async (_, filter, message) => {
    for (const [, ask] of ways) expect(await refusal(() => ask(filter as never))).toMatch(message);
  });

  it('typed arrays that can only be ids are ids', () => {
    for (const ids of [new Uint32Array([2, 7]), new Int32Array([2, -1]), new Float64Array([2])]) {
      expect(index.search([1, 0], { k: 3, filter: ids as never }).map(({ id }) => id)).toEqual([2]);
      expect(index.search([1, 0], { k: 3, filter: { deny: ids as never } }).map(({ id }) => id)).toEqual([0, 1]);
    }
  });

  it('nothing that is asked may change the index, and what tried leaves it as it was', async () => {
    const changes: ((index: VectorIndex) => void)[] = [
      (each) => each.clear(),
      (each) => each.dispose(),
      (each) => each.delete(2),
      (each) => each.upsert(2, [1, 0]),
      (each) => each.add(9, [1, 0]),
      (each) => each.addMany([[1, 0]]),
    ];
    const hits = index.search([1, 0], 3);
    for (const change of changes) {
      const act = () => change(index);
      const filter = () => {
        act();
        return true;
      };
      for (const [, ask] of ways)
        expect(await refusal(() => ask(filter as never))).toContain('must not change the index');
      for (const [, ask] of ways)
        expect(await refusal(() => ask(trap([0, 1], act) as never))).toContain('must not change the index');
      for (const query of [trap([1, 0], act), trap([0.5, 0.5], act)]) {
        expect(await refusal(() => index.search(query, 1))).toContain('must not change the index');
      }
      expect(await refusal(() => index.neighborGraph({ k: 1, onProgress: act }))).toContain('must not change');
      expect(await refusal(() => index.similarPairs({ limit: 1, onProgress: act }))).toContain('must not change');
    }
    expect(index.search([1, 0], 3)).toEqual(hits);
  });

  it('a filter that swallows the refusal gets the answer of the index as it is', () => {
    const own = make(backend);
    const filter = (id: number) => {
      try {
        own.clear();
      } catch {}
      return id !== 0;
    };
    expect(own.search([1, 0], { k: 3, filter }).map(({ id }) => id)).toEqual([1, 2]);
    expect(own.size).toBe(3);
  });

  it('options and vectors whose getters change the index come before the answer', async () => {
    const own = make(backend);
    const options = {
      get k() {
        own.delete(0);
        return 3;
      },
    };
    expect(own.search([1, 0], options).map(({ id }) => id)).toEqual([1, 2]);
    expect((await own.searchAsync([1, 0], options)).map(({ id }) => id)).toEqual([1, 2]);
  });

  it('a write whose vector or ids delete rows is not lost', () => {
    const many = Array.from({ length: 200 }, (_, row) => [row, 1]);
    const own = VectorIndex.from(many, { backend, metric: 'dot' });
    const vector = trap([7, 7], () => {
      for (let id = 0; id < 150; id++) own.delete(id);
    });
    own.upsert(180, vector);
    expect(Array.from(own.get(180) as Float32Array)).toEqual([7, 7]);
    expect(own.ids()).toEqual(Array.from({ length: 50 }, (_, n) => 150 + n));
    own.upsert(
      5,
      trap([8, 8], () => own.clear()),
    );
    expect(own.ids()).toEqual([5]);
    const ids = function* () {
      own.clear();
      yield 1;
      yield 2;
    };
    own.addMany(
      [
        [1, 1],
        [2, 2],
      ],
      ids(),
    );
    expect(own.ids()).toEqual([1, 2]);
    expect(own.neighbors(2, 1)[0].id).toBe(1);
  });

  it.each<[string, unknown]>([
    ['transferred', detached(new Float32Array([1, 0]))],
    ['of BigInts', [1n, 0n]],
    ['of 64-bit integers', new BigInt64Array(2)],
    ['of texts', ['1', '0']],
    ['a Proxy of a typed array', new Proxy(new Float32Array([1, 0]), {})],
    ['revoked', revoked()],
    ['a DataView', new DataView(new ArrayBuffer(8))],
    ['a promise', Promise.resolve([1, 0])],
    ['null', null],
    ['a text', '10'],
  ])('a vector that is %s is refused by every call', async (_, vector) => {
    const own = make(backend);
    const given = vector as never;
    const calls = [
      () => VectorIndex.from([given, given], { backend }),
      () => VectorIndex.from(given, { backend, dim: 2 }),
      () => VectorIndex.from({ data: given, rows: 1, dim: 2 }, { backend }),
      () => own.add(7, given),
      () => own.upsert(7, given),
      () => own.upsert(0, given),
      () => own.addMany([given]),
      () => own.addMany(given),
      () => own.search(given, 1),
      () => own.searchAsync(given, 1),
      () => own.searchBatch([given], 1),
      () => own.searchBatch(given, 1),
      () => own.searchBatchAsync(given, 1),
      () => own.diverse(given, { k: 1 }),
      () => cosineSimilarity(given, [1, 0]),
      () => cosineSimilarity(new Float32Array([1, 0]), given),
      () => dot(given, given),
      () => euclidean([1, 0], given),
      () => norm(given),
      () => normalize(given),
      () => similarities(given, ROWS),
      () => similarities([1, 0], [given]),
      () => similarityMatrix([given]),
      () => topK(given, 1),
    ];
    for (const call of calls) await refusal(call);
    expect(own.size).toBe(3);
  });

  it('an array that is transferred while ids are read adds no rows', () => {
    const own = make(backend);
    const data = new Float32Array([1, 0, 0, 1]);
    const ids = function* () {
      yield 5;
      yield 6;
      detached(data);
    };
    expect(() => own.addMany(data, ids())).toThrow('the memory of the vectors was transferred');
    expect(own.ids()).toEqual([0, 1, 2]);
  });

  it('bytes that were transferred are refused as such', () => {
    expect(() => VectorIndex.fromBytes(detached(index.toBytes()))).toThrow('the memory of bytes is gone');
  });

  it('a block that changes while it is read is refused or read as it was first', () => {
    let looks = 0;
    const block = {
      get data() {
        return looks++ === 0 ? [1, 0, 0, 1] : [1];
      },
      rows: 2,
      dim: 2,
    };
    expect(VectorIndex.from(block, { backend }).size).toBe(2);
    const shrinking = [
      [1, 0],
      [0, 1],
      [1, 1],
    ];
    const rows = trap(shrinking, () => {
      shrinking.pop();
    });
    expect(VectorIndex.from(rows, { backend }).size).toBe(2);
  });

  it('distances are bounded by maxDistance', async () => {
    const own = VectorIndex.from([[0], [3], [4], [9]], { backend, metric: 'euclidean' });
    const ids = (hits: readonly { id: number }[]) => hits.map(({ id }) => id);
    expect(ids(own.search([0], { maxDistance: 4 }))).toEqual([0, 1, 2]);
    expect(ids(own.search([0], { k: 2, maxDistance: 4 }))).toEqual([0, 1]);
    expect(ids(own.search([0], { maxDistance: 0 }))).toEqual([0]);
    expect(ids(own.search([0], { maxDistance: Number.POSITIVE_INFINITY }))).toEqual([0, 1, 2, 3]);
    expect(ids(await own.searchAsync([0], { maxDistance: 4 }))).toEqual([0, 1, 2]);
    expect([...own.searchBatch([[0], [9]], { maxDistance: 5 })].map(ids)).toEqual([
      [0, 1, 2],
      [3, 2],
    ]);
    expect([...(await own.searchBatchAsync([[0], [9]], { maxDistance: 5 }))].map(ids)).toEqual([
      [0, 1, 2],
      [3, 2],
    ]);
    expect(ids(own.neighbors(0, { maxDistance: 3 }))).toEqual([1]);
    expect(ids(own.diverse([0], { k: 3, maxDistance: 3 }))).toEqual([0, 1]);
    expect([...own.neighborGraph({ k: 3, maxDistance: 1 })].map(ids)).toEqual([[], [2], [1], []]);
    expect(own.similarPairs({ maxDistance: 1 })).toEqual([{ a: 1, b: 2, score: -1, distance: 1 }]);
  });

  it('a bound that nothing can reach is refused', async () => {
    const own = VectorIndex.from(ROWS, { backend, metric: 'euclidean' });
    const calls = (bound: object) => [
      () => own.search([0, 0], bound),
      () => own.searchAsync([0, 0], bound),
      () => own.searchBatch([[0, 0]], bound),
      () => own.searchBatchAsync([[0, 0]], bound),
      () => own.neighbors(0, bound),
      () => own.diverse([0, 0], { k: 1, ...bound }),
      () => own.neighborGraph({ k: 1, ...bound }),
      () => own.neighborGraphAsync({ k: 1, ...bound }),
      () => own.similarPairs(bound),
      () => own.similarPairsAsync(bound),
    ];
    for (const call of calls({ minScore: 0.5 })) expect(await refusal(call)).toContain('{ maxDistance: 0.5 }');
    for (const call of calls({ maxDistance: -1 })) expect(await refusal(call)).toMatch(/maxDistance must be .* not -1/);
    for (const call of calls({ maxDistance: '1' }))
      expect(await refusal(call)).toMatch(/maxDistance must be .* not "1"/);
    for (const call of calls({ maxDistance: 1, minScore: -1 })) expect(await refusal(call)).toContain('not both');
    expect(() => index.search([1, 0], { maxDistance: 1 })).toThrow('this index goes by cosine: give minScore');
  });
});

describe('ids', () => {
  const own = () => new VectorIndex({ dim: 1, backend: 'reference' });

  it.each([2 ** 53, -(2 ** 53), 1e300, Number.NaN, Number.POSITIVE_INFINITY, 1n, null, undefined, true, {}, ['a']])(
    '%s is none',
    (id) => {
      const index = own();
      const given = id as never;
      for (const call of [
        () => index.add(given, [1]),
        () => index.upsert(given, [1]),
        () => index.addMany([[1], [2]], [1, given]),
        () => VectorIndex.from([[1]], { ids: [given], backend: 'reference' }),
      ]) {
        expect(call).toThrow(/an id must be a string or a number from/);
      }
      expect(index.size).toBe(0);
    },
  );

  it('that are none are refused by look-ups, and a BigInt is shown as one', () => {
    const index = own();
    for (const call of ['has', 'get', 'delete'] as const) {
      expect(() => index[call](1n as never)).toThrow('not 1n');
      expect(() => index[call](null as never)).toThrow('an id must be');
    }
    expect(() => index.neighbors(1n as never, 1)).toThrow('not 1n');
    expect(index.has(2 ** 53)).toBe(false);
  });

  it('are not numbered on past 2^53', () => {
    const index = own();
    index.add(2 ** 53 - 3, [1]);
    index.addMany([[1], [2]]);
    expect(index.ids()).toEqual([2 ** 53 - 3, 2 ** 53 - 2, 2 ** 53 - 1]);
    expect(() => index.addMany([[1]])).toThrow('rows cannot be numbered on: the highest id is 9007199254740991');
    index.addMany([]);
    index.addMany([[3]], [4]);
    expect(VectorIndex.fromBytes(index.toBytes(), { backend: 'reference' }).ids()).toEqual(index.ids());
    const most = own();
    most.add(2 ** 53 - 1, [1]);
    expect(() => most.addMany([[1], [2]])).toThrow('2 more would pass 2^53');
    expect(most.size).toBe(1);
  });

  it('that older files hold are still read', () => {
    const roster = new Roster<number>();
    roster.add([2 ** 53, 1e300]);
    expect(roster.slot(1e300)).toBe(1);
  });
});

describe('topK', () => {
  it.each<[string, unknown]>([
    ['texts', ['3', '10', '9']],
    ['a text among numbers', [3, '10', 9]],
    ['BigInts', [3n]],
    ['64-bit integers', new BigInt64Array(3)],
    ['null', [null]],
    ['dates', [new Date(0)]],
    ['a text', '312'],
    ['a map', new Map([[0, 1]])],
    ['nothing', undefined],
    ['an endless list', { length: Number.POSITIVE_INFINITY }],
    ['a function', (a: number) => a],
  ])('refuses %s', (_, scores) => {
    expect(() => topK(scores as never, 1)).toThrow(KindredError);
  });

  it('takes whatever is like an array of numbers', () => {
    for (const scores of [[3, 10, 9], new Float32Array([3, 10, 9]), { length: 3, 0: 3, 1: 10, 2: 9 }]) {
      expect([...topK(scores, 2).indices]).toEqual([1, 2]);
    }
  });
});

it('threads are counted by one rule', async () => {
  const { ImplicitAls, Interactions, ItemKnn, Ease } = await import('../../../src/recommend/index.js');
  const interactions = Interactions.from([{ user: 'a', item: 'b' }]);
  const bytes = make('reference').toBytes();
  const calls: ((threads: never) => unknown)[] = [
    (threads) => new VectorIndex({ dim: 1, threads }),
    (threads) => VectorIndex.from([[1]], { threads }),
    (threads) => VectorIndex.fromBytes(bytes, { threads }),
    (threads) => ItemKnn.fit(interactions, { threads }),
    (threads) => Ease.fit(interactions, { threads }),
    (threads) => ImplicitAls.fit(interactions, { threads }),
  ];
  for (const threads of [0, -1, 1.5, 1025, 1e6, Number.NaN, '2', null]) {
    for (const call of calls) expect(() => call(threads as never)).toThrow(/threads must be an integer from 1 to 1024/);
  }
  for (const call of calls) {
    call(undefined as never);
    call(1 as never);
    call(1024 as never);
  }
});

it('what is something else altogether ends in a refusal, not in a TypeError', async () => {
  const { WordVectors, Word2Vec, interactionSequences, textEmbedder } = await import(
    '../../../src/embeddings/index.js'
  );
  const { writeNpy } = await import('../../../src/io/index.js');
  const { holdout, Interactions, temporal } = await import('../../../src/recommend/index.js');
  const words = WordVectors.from(['a', 'b', 'c'], [[1], [2], [3]]);
  const texts = textEmbedder({ model: 'm', run: (batch) => batch.map(() => [1]) });
  const proxy = new Proxy(new Float32Array(2), {});
  for (const junk of [undefined, null, 1n, {}, Symbol('junk'), proxy, revoked()] as never[]) {
    const calls = [
      () => holdout()(junk),
      () => temporal()(junk),
      () => [...interactionSequences(junk)],
      () => Interactions.fromParts(junk),
      () => writeNpy(junk),
      () => words.oddOneOut(junk),
      () => words.save(junk),
      () => WordVectors.from(junk, [[1]]),
      () => Word2Vec.fit(junk),
      () => texts.embed(junk),
    ];
    for (const call of calls) await refusal(call);
  }
  for (const junk of [1n, {}, Symbol('junk'), []] as never[])
    await refusal(() => new VectorIndex({ dim: 1, backend: junk }));
});
