/** Model files: every damage is refused with CORRUPT_FILE, and nothing worse happens. */
import { describe, expect, it } from 'vitest';
import { VectorIndex } from '../../../src/index.js';
import {
  Ease,
  Hybrid,
  ImplicitAls,
  Interactions,
  ItemKnn,
  modelFromBytes,
  Popularity,
  UserKnn,
} from '../../../src/recommend/index.js';

const data = Interactions.from([
  { user: 'ada', item: 'chess', time: 1 },
  { user: 'ada', item: 'go', value: 2, time: 2 },
  { user: 'bob', item: 'go', time: 3 },
  { user: 'bob', item: 'shogi', time: 4 },
  { user: 'cy', item: 'go' },
]);
const backend = 'reference';
const knn = ItemKnn.fit(data, { backend });
const files = {
  ItemKnn: knn.toBytes(),
  Hybrid: Hybrid.of([knn, Popularity.fit(data), Ease.fit(data, { l2: 1, backend })]).toBytes(),
  ImplicitAls: ImplicitAls.fit(data, { factors: 2, iterations: 1, backend }).toBytes(),
};

function refusal(bytes: Uint8Array): string {
  try {
    modelFromBytes(bytes, { backend });
  } catch (error) {
    expect(error).toMatchObject({ name: 'KindredError', code: 'CORRUPT_FILE' });
    return (error as Error).message;
  }
  throw new Error('it was taken');
}

describe.each(Object.keys(files) as (keyof typeof files)[])('a file of %s', (name) => {
  const file = files[name];

  it('is whole in multiples of 64 bytes, the same every time, and keeps everything', () => {
    expect(file.length % 64).toBe(0);
    const loaded = modelFromBytes(file, { backend });
    expect(loaded.interactions.toParts()).toEqual(data.toParts());
    expect(loaded.toBytes()).toEqual(file);
    const inside = new Uint8Array(file.length + 3);
    inside.set(file, 3);
    expect(modelFromBytes(inside.subarray(3), { backend }).toBytes()).toEqual(file);
  });

  it('is refused when it ends anywhere before its end, or after it', () => {
    for (let length = 0; length < file.length; length++) refusal(file.slice(0, length));
    refusal(Uint8Array.from([...file, ...new Uint8Array(64)]));
  });

  it('is refused with any bit changed', () => {
    for (let at = 0; at < file.length; at++) {
      const damaged = file.slice();
      damaged[at] ^= 1 << (at % 8);
      refusal(damaged);
    }
  });
});

it('random bytes, other files and newer versions are refused, each for what it is', () => {
  const noise = new Uint8Array(1000).map((_, n) => Math.imul(n + 1, 2654435761) >>> 24);
  expect(refusal(noise)).toContain('another beginning');
  expect(refusal(VectorIndex.from([[1, 2]]).toBytes())).toContain('VectorIndex');
  const newer = files.ItemKnn.slice();
  new DataView(newer.buffer).setUint32(8, 2, true);
  expect(refusal(newer)).toContain('newer kindred');
  expect(() => modelFromBytes('text' as never)).toThrow('Uint8Array');
});

/** What a forger may write, which is anything. */
interface Manifest {
  users: unknown;
  items: unknown;
  duplicates: unknown;
  arrays: Record<string, unknown>[];
  model: { name: unknown; options: unknown; arrays: unknown[]; models: unknown };
}

describe('forged manifests with right checksums', () => {
  /** The file with its manifest changed. */
  const forged = (change: (manifest: Manifest, content: Uint8Array) => void, source = files.ItemKnn) => {
    const view = new DataView(source.buffer);
    const jsonBytes = Number(view.getBigUint64(24, true));
    const manifest = JSON.parse(new TextDecoder().decode(source.subarray(64, 64 + jsonBytes)));
    const arraysAt = Math.ceil((64 + jsonBytes) / 64) * 64;
    const content = source.slice(arraysAt);
    change(manifest, content);
    const json = new TextEncoder().encode(JSON.stringify(manifest));
    const newAt = Math.ceil((64 + json.length) / 64) * 64;
    const file = new Uint8Array(newAt + source.length - arraysAt);
    file.set(source.subarray(0, 64));
    file.set(json, 64);
    file.set(content, newAt);
    const head = new DataView(file.buffer);
    head.setBigUint64(16, BigInt(file.length), true);
    head.setBigUint64(24, BigInt(json.length), true);
    head.setUint32(12, crc32([...file.subarray(0, 12), ...file.subarray(16, 64 + json.length)]), true);
    return file;
  };

  it('are taken if nothing is wrong', () => {
    expect(modelFromBytes(forged(() => undefined)).toBytes()).toEqual(files.ItemKnn);
  });

  it.each<[string, (manifest: Manifest) => void]>([
    ['no model', (m) => Object.assign(m, { model: undefined })],
    ['an unknown class', (m) => (m.model.name = 'constructor')],
    ['options of nonsense', (m) => (m.model.options = { neighbors: 'many' })],
    ['more users than there are', (m) => (m.users = 9)],
    ['a negative count', (m) => (m.items = -1)],
    ['an array of another type', (m) => (m.arrays[3].type = 'f32')],
    ['an array far too long', (m) => (m.arrays[3].length = 2 ** 50)],
    ['a type that every object has', (m) => (m.arrays[3].type = 'toString')],
    ['a duplicates rule of its own', (m) => (m.duplicates = 'none')],
    ['arrays that are not there', (m) => m.model.arrays.push('more')],
    [
      'models without end',
      (m) => (m.model.models = [m.model].map((each) => ({ ...each, models: [{ ...each, models: [7] }] }))),
    ],
    ['a list instead of an object', (m) => (m.model.options = [])],
  ])('%s', (_, change) => {
    refusal(forged(change));
  });

  it('with ids that are counted instead of listed cannot claim memory', () => {
    const counted = forged((manifest, content) => {
      content.fill(0, 0, 64);
      manifest.users = 2 ** 40;
      Object.assign(manifest.arrays[0], { length: 16, crc32: crc32([...content.subarray(0, 16)]) });
    });
    expect(refusal(counted)).toContain('ids of users that are counted, not listed');
  });

  it.each([0, -1, Number.POSITIVE_INFINITY])('with an item of popularity %s', (score) => {
    const arrays = { scores: Float64Array.of(1, score, Number.NaN) };
    expect(() => Popularity.fromParts(data, { options: {}, arrays })).toThrow('not 3 finite numbers above 0');
  });

  /** The file with one element of one array of numbers changed, and its checksum. */
  const withValue = (file: Uint8Array, array: number, value: number) =>
    forged(
      (manifest, content) => {
        let at = 0;
        const bytesOf = { u8: 1, u32: 4, f32: 4, f64: 8 } as const;
        manifest.arrays.forEach((entry, n) => {
          const length = (entry.length as number) * bytesOf[entry.type as 'f32'];
          const bytes = content.subarray(at, at + length);
          if (n === array) {
            const view = new DataView(bytes.buffer, bytes.byteOffset);
            if (entry.type === 'f32') view.setFloat32(0, value, true);
            else view.setFloat64(0, value, true);
            entry.crc32 = crc32([...bytes]);
          }
          at = Math.ceil((at + length) / 64) * 64;
        });
      },
      file as Uint8Array<ArrayBuffer>,
    );

  const everyModel = {
    ...files,
    UserKnn: UserKnn.fit(data, { backend }).toBytes(),
    'ItemKnn of ratings': ItemKnn.fit(data, { feedback: 'explicit', backend }).toBytes(),
    Ease: Ease.fit(data, { l2: 1, backend }).toBytes(),
    Popularity: Popularity.fit(data).toBytes(),
  };
  const arraysOf = Object.entries(everyModel).flatMap(([name, file]) => {
    let arrays: Manifest['arrays'] = [];
    forged(
      (manifest) => {
        arrays = manifest.arrays;
      },
      file as Uint8Array<ArrayBuffer>,
    );
    return arrays
      .map(({ name: array, type, length }, n) => ({ model: name, array: String(array), type, length, n }))
      .filter(({ type, length }) => (type === 'f32' || type === 'f64') && (length as number) > 0);
  });

  it('are about arrays of numbers in every model', () => {
    expect(new Set(arraysOf.map(({ model }) => model))).toEqual(new Set(Object.keys(everyModel)));
  });

  it.each(arraysOf)('with no number in $array of $model', ({ model, array, n }) => {
    const file = everyModel[model as keyof typeof everyModel];
    // NaN stands for an item without popularity, and for an interaction without a time.
    const meansNothing = array === 'times' || (array.endsWith('.scores') && !array.includes('als'));
    const bad = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, ...(meansNothing ? [] : [Number.NaN])];
    for (const value of bad) expect(refusal(withValue(file, n, value))).toMatch(/./);
  });

  it('with options that are no numbers of theirs', () => {
    for (const [name, file] of Object.entries(everyModel)) {
      const change = (manifest: Manifest) => Object.assign(manifest.model.options as object, { unheard: 1 });
      expect(refusal(forged(change, file)), name).toContain('there is no option "unheard"');
    }
    const huge = (manifest: Manifest) => Object.assign(manifest.model.options as object, { meanTotal: -1 });
    expect(refusal(forged(huge, everyModel.ImplicitAls))).toContain('meanTotal');
    const unit = (manifest: Manifest) => Object.assign(manifest, { timeUnit: 'fortnights' });
    expect(refusal(forged(unit))).toContain('timeUnit');
  });

  it('with options of any kind give a model that answers, or are refused', () => {
    const values = [null, true, -1, 0, 0.5, 2 ** 31, 1e308, '', 'x', '1', [], [1], {}, { length: 3 }];
    for (const [name, file] of Object.entries(files)) {
      let keys: string[] = [];
      forged((manifest) => {
        keys = Object.keys(manifest.model.options as object);
      }, file);
      expect(keys.length).toBeGreaterThan(0);
      for (const key of [...keys, 'threads', 'backend']) {
        for (const value of values) {
          const change = (manifest: Manifest) => Object.assign(manifest.model.options as object, { [key]: value });
          try {
            const loaded = modelFromBytes(forged(change, file), { backend });
            loaded.recommend('ada');
            loaded.recommendFor(['go']);
            loaded.explain('bob', 'chess');
          } catch (error) {
            const told = `${name}, ${key}: ${JSON.stringify(value)}: ${error}`;
            expect(error, told).toMatchObject({ name: 'KindredError' });
          }
        }
      }
    }
  });
});

describe('ids of every kind', () => {
  it.each<[string, (string | number)[]]>([
    ['texts', ['a', '', 'Żółw', '🐢', '__proto__']],
    ['numbers that are positions', [0, 1, 2, 3, 4]],
    ['other numbers', [5, -1.5, 2 ** 53 - 1, 1 - 2 ** 53, 0]],
    ['both', ['7', 7, 'x', 0, '0']],
    ['texts that are no Unicode', ['\ud800', 'a\udfff', 'b', 'c', 'd']],
  ])('%s', (_, ids) => {
    const interactions = Interactions.from<string | number, string | number>(ids.map((id) => ({ user: id, item: id })));
    const loaded = Popularity.fromBytes(Popularity.fit(interactions).toBytes());
    expect(loaded.interactions.users).toEqual(ids);
    expect(loaded.interactions.toParts()).toEqual(interactions.toParts());
  });
});

function crc32(bytes: readonly number[]): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
