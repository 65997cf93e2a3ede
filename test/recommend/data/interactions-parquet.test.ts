/** Interactions.fromParquet: types, row groups, compression, and complaints that name the row. */
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it, vi } from 'vitest';
import { Interactions } from '../../../src/recommend/index.js';

type Columns = Parameters<typeof parquetWriteBuffer>[0]['columnData'];
const write = (columnData: Columns, options = {}) => parquetWriteBuffer({ columnData, ...options });
const names = { user: 'who', item: 'what', value: 'stars', time: 'when' };
const columnData: Columns = [
  { name: 'who', data: ['ann', 'ben', 'ann'], type: 'STRING' },
  { name: 'other', data: [true, false, true], type: 'BOOLEAN' },
  { name: 'what', data: [1n, 2n, 3n], type: 'INT64' },
  { name: 'stars', data: [4, 2.5, 1], type: 'DOUBLE' },
  { name: 'when', data: [5n, 6n, 7n], type: 'INT64' },
];
const expected = [
  { user: 'ann', item: 1, value: 4, time: 5 },
  { user: 'ann', item: 3, value: 1, time: 7 },
  { user: 'ben', item: 2, value: 2.5, time: 6 },
];

describe('fromParquet', () => {
  it.each([
    ['snappy', {}],
    ['uncompressed', { codec: 'UNCOMPRESSED' }],
    ['several row groups', { rowGroupSize: 1 }],
  ])('reads %s', async (_, options) => {
    const buffer = write(columnData, options);
    const padded = new Uint8Array(buffer.byteLength + 3);
    padded.set(new Uint8Array(buffer), 3);
    const parts = { byteLength: buffer.byteLength, slice: async (a: number, b?: number) => buffer.slice(a, b) };
    // What Node reads: its slice gives views, and short ones share memory with others.
    const shared = Buffer.from(Buffer.from(padded).subarray(3));
    for (const source of [buffer, new Uint8Array(buffer), padded.subarray(3), shared, new Blob([buffer]), parts]) {
      const interactions = await Interactions.fromParquet(source, names);
      expect([...interactions.records()]).toEqual(expected);
      expect(interactions.report).toMatchObject({ read: 3, kept: 3, dropped: {} });
    }
  });

  it('keeps dates as milliseconds, and long ids as text', async () => {
    const at = new Date('2024-05-01T00:00:00Z');
    const long = 9007199254740993n;
    const data: Columns = [
      { name: 'who', data: [long], type: 'INT64' },
      { name: 'what', data: [7], type: 'INT32' },
      { name: 'when', data: [at], type: 'TIMESTAMP' },
    ];
    const fields = { user: 'who', item: 'what', time: 'when' };
    const read = await Interactions.fromParquet(write(data), { ...fields, ids: 'text' });
    expect([...read.records()]).toEqual([{ user: String(long), item: '7', value: 1, time: at.getTime() }]);
    await expect(Interactions.fromParquet(write(data), fields)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/^Row 0 .*user is 9007199254740993.*ids: 'text'/),
    });
  });

  it('names the row of what is missing, or skips it', async () => {
    const holes: Columns = [
      { name: 'who', data: ['ann', null, 'cas'], type: 'STRING' },
      { name: 'what', data: ['x', 'y', 'z'], type: 'STRING' },
    ];
    const fields = { user: 'who', item: 'what' };
    await expect(Interactions.fromParquet(write(holes, { rowGroupSize: 1 }), fields)).rejects.toThrow(/^Row 1 .*user/);
    const { report } = await Interactions.fromParquet(write(holes), { ...fields, onBadRow: 'skip' });
    expect(report).toMatchObject({ read: 3, kept: 2, dropped: { id: 1 }, examples: [{ line: 1, reason: 'id' }] });
  });

  it('refuses columns that are not there, and what is no Parquet', async () => {
    const buffer = write(columnData);
    await expect(Interactions.fromParquet(buffer, { ...names, item: 'film' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: 'There is no column "film". The columns are: "who", "other", "what", "stars", "when".',
    });
    for (const source of [new Uint8Array(100), new Uint8Array(0), new Uint8Array(buffer.slice(0, 90))]) {
      await expect(Interactions.fromParquet(source, names)).rejects.toMatchObject({ code: 'CORRUPT_FILE' });
    }
    await expect(Interactions.fromParquet('x.parquet' as never, names)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

describe('a damaged file', () => {
  const rows = 20;
  const damageable: Columns = [
    { name: 'who', data: Array.from({ length: rows }, (_, n) => `user ${n % 5}`), type: 'STRING' },
    { name: 'what', data: Array.from({ length: rows }, (_, n) => `item ${n}`), type: 'STRING' },
    { name: 'stars', data: Array.from({ length: rows }, (_, n) => (n % 3 > 0 ? n / 2 : null)), type: 'DOUBLE' },
    { name: 'when', data: Array.from({ length: rows }, (_, n) => BigInt(n)), type: 'INT64' },
  ];

  it.each(['SNAPPY', 'UNCOMPRESSED'] as const)('is read or refused at once, packed as %s', async (codec) => {
    const whole = new Uint8Array(write(damageable, { codec }));
    const outcomes = new Set<string>();
    for (let at = 0; at < whole.length; at++) {
      for (const byte of [255, whole[at] ^ 0x80]) {
        const damaged = whole.slice();
        damaged[at] = byte;
        // It would take hours, not milliseconds, if a page were believed.
        const reading = Interactions.fromParquet(damaged, { ...names, onBadRow: 'skip' });
        const ended = await reading.catch((error: { name: string; code?: string }) => error);
        if (!(ended instanceof Interactions)) expect(ended.name, `byte ${at} is ${byte}`).toBe('KindredError');
        outcomes.add(ended instanceof Interactions ? 'read' : String(ended.code));
      }
    }
    expect([...outcomes].sort()).toEqual(['CORRUPT_FILE', 'INVALID_ARGUMENT', 'read']);
  });

  it.each(['PLAIN', 'RLE_DICTIONARY', 'DELTA_LENGTH_BYTE_ARRAY', 'DELTA_BYTE_ARRAY'] as const)(
    'is told from a whole one whose texts are written as %s',
    async (encoding) => {
      const texts = Array.from({ length: 300 }, (_, n) => `user ${(n * 7) % 31}${'x'.repeat(n % 11)}`);
      const columns: Columns = [
        { name: 'who', data: texts, type: 'STRING', encoding },
        { name: 'what', data: texts.map((_, n) => n), type: 'INT32', encoding: 'DELTA_BINARY_PACKED' },
      ];
      const whole = new Uint8Array(write(columns));
      const fields = { user: 'who', item: 'what' };
      const read = await Interactions.fromParquet(whole, fields);
      expect(new Set([...read.records()].map(({ user, item }) => `${user} ${item}`))).toEqual(
        new Set(texts.map((user, n) => `${user} ${n}`)),
      );
      for (let at = 4; at < 400; at++) {
        const damaged = whole.slice();
        damaged[at] = 255;
        const ended = await Interactions.fromParquet(damaged, { ...fields, onBadRow: 'skip' }).catch((error) => error);
        if (!(ended instanceof Interactions)) expect(ended.name).toBe('KindredError');
      }
    },
  );
});

it('refuses ids that are not UTF-8, each by its row', async () => {
  const bytes = (...values: number[]) => Uint8Array.from(values);
  const data: Columns = [
    { name: 'who', data: [bytes(0xff, 0x41), bytes(0xfe, 0x41), bytes(0xe9, 0x41), bytes(0x41)], type: 'BYTE_ARRAY' },
    { name: 'what', data: ['x', 'x', 'x', 'x'], type: 'STRING' },
  ];
  const fields = { user: 'who', item: 'what' };
  await expect(Interactions.fromParquet(write(data), fields)).rejects.toMatchObject({
    code: 'CORRUPT_FILE',
    message: expect.stringMatching(/^Row 0 .*the bytes of the user are not UTF-8/),
  });
  const { report, users } = await Interactions.fromParquet(write(data), { ...fields, onBadRow: 'skip' });
  expect(report.dropped).toEqual({ encoding: 3 });
  expect(users).toEqual(['A']);
});

it('refuses columns of lists, and one column for two things', async () => {
  const data: Columns = [
    { name: 'who', data: ['a', 'b'], type: 'STRING' },
    { name: 'what', data: [['x'], ['y', 'z']], type: 'JSON' },
  ];
  await expect(Interactions.fromParquet(write(data), { user: 'who', item: 'who' })).rejects.toThrow(/name of its own/);
  await expect(Interactions.fromParquet(write(data), { user: 'who', item: 'what' })).rejects.toThrow(
    /item is an object/,
  );
});

it('says what to install where hyparquet is missing', async () => {
  vi.doMock('hyparquet', () => {
    throw new Error('Cannot find package');
  });
  await expect(Interactions.fromParquet(write(columnData), names)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining('npm install hyparquet'),
  });
  vi.doUnmock('hyparquet');
});
