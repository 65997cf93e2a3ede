/** Interactions.fromCsv: every way in, the same out, and complaints that name the line. */
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CsvOptions, type CsvSource, Interactions } from '../../../src/recommend/index.js';

const columns = { user: 'who', item: 'what', value: 'stars' };
const text = 'when,who,what,stars\n1,ann,tea,4\n2,ben,"milk, ""raw""",2.5\n3,ann,"two\nlines",1e1\n';
const records = [
  { user: 'ann', item: 'tea', value: 4 },
  { user: 'ann', item: 'two\nlines', value: 10 },
  { user: 'ben', item: 'milk, "raw"', value: 2.5 },
];

const read = async (source: CsvSource, options: CsvOptions = columns) => [
  ...(await Interactions.fromCsv(source, options)).records(),
];
const refusal = (code: string, message: RegExp) => ({ code, message: expect.stringMatching(message) });

describe('sources', () => {
  const bytes = new TextEncoder().encode(text);
  async function* lines() {
    for (const line of text.split(/(?<=\n)/)) yield line;
  }
  it.each<[string, () => CsvSource]>([
    ['a text', () => text],
    ['bytes', () => bytes],
    ['a Buffer', () => Buffer.from(text)],
    ['an array of pieces', () => [text.slice(0, 31), text.slice(31)]],
    ['an async generator', lines],
    ['a Node stream of bytes', () => Readable.from([bytes.subarray(0, 50), bytes.subarray(50)])],
    ['a web stream', () => new Blob([text]).stream() as ReadableStream<Uint8Array>],
  ])('reads %s', async (_, source) => {
    expect(await read(source())).toEqual(records);
  });

  it('passes on what a stream throws', async () => {
    async function* broken() {
      yield 'who,what,stars\nann,tea,1\n';
      throw new RangeError('the line is dead');
    }
    await expect(read(broken())).rejects.toThrow(new RangeError('the line is dead'));
  });

  it('stops reading, and lets the source go, at the first bad row', async () => {
    let closed = false;
    async function* endless() {
      try {
        yield 'who,what,stars\nann,tea,x\n';
        for (;;) yield 'ann,tea,1\n';
      } finally {
        closed = true;
      }
    }
    await expect(read(endless())).rejects.toMatchObject(refusal('NOT_FINITE', /^Line 2: the value is "x"/));
    expect(closed).toBe(true);
  });

  it('does not lose characters that a chunk of bytes cuts in two', async () => {
    const encoded = new TextEncoder().encode('who,what\nžofie,čaj\n');
    const cut = Array.from(encoded, (byte) => Uint8Array.of(byte));
    const pieces = Readable.from(cut);
    expect(await read(pieces, { user: 'who', item: 'what' })).toEqual([{ user: 'žofie', item: 'čaj', value: 1 }]);
  });
});

describe('dialects', () => {
  const expected = [{ user: 'ann', item: 'tea', value: 4 }];
  it.each<[string, string, CsvOptions]>([
    ['a byte order mark', '\ufeffwho,what,stars\nann,tea,4\n', columns],
    ['CRLF', 'who,what,stars\r\nann,tea,4\r\n', columns],
    ['line ends of every kind', 'who,what,stars\r\nann,tea,3\nann,tea,4\r', columns],
    ['no newline at the end', 'who,what,stars\nann,tea,4', columns],
    ['empty lines', 'who,what,stars\n\nann,tea,4\n\n\n', columns],
    ['semicolons', 'who;what;stars\nann;tea;4\n', { ...columns, delimiter: ';' }],
    ['tabs', 'who\twhat\tstars\nann\ttea\t4\n', { ...columns, delimiter: '\t' }],
    ['a longer delimiter and no header', 'ann::tea::4\n', { user: 0, item: 1, value: 2, delimiter: '::' }],
    ['columns by number', '4,x,ann,tea\n', { user: 2, item: 3, value: 0 }],
  ])('reads %s', async (_, source, options) => {
    expect(await read(source, options)).toEqual(expected);
  });

  it('keeps ids as they are written, and reads times', async () => {
    const source = 'who,what,at\n007,1.0, 5\n7,1,6\n__proto__,constructor,7\n';
    expect(await read(source, { user: 'who', item: 'what', time: 'at' })).toEqual([
      { user: '007', item: '1.0', value: 1, time: 5 },
      { user: '7', item: '1', value: 1, time: 6 },
      { user: '__proto__', item: 'constructor', value: 1, time: 7 },
    ]);
  });

  it('merges duplicates as asked', async () => {
    const source = 'ann,tea,4\nann,tea,5\n';
    expect(await read(source, { user: 0, item: 1, value: 2, duplicates: 'sum' })).toMatchObject([{ value: 9 }]);
  });

  it('finds nothing in a header alone, or in no rows at all', async () => {
    expect(await read('who,what,stars\n')).toEqual([]);
    expect(await read('', { user: 0, item: 1 })).toEqual([]);
  });
});

describe('refusals', () => {
  const numbered = { user: 0, item: 1, value: 2 };
  it.each<[string, string, CsvOptions, ReturnType<typeof refusal>]>([
    ['an empty file', '', columns, refusal('INVALID_ARGUMENT', /empty.*header.*"who"/)],
    ['a missing column', 'a,b\n1,2\n', columns, refusal('INVALID_ARGUMENT', /no column "who".*"a", "b"/)],
    ['the wrong delimiter', 'who;what;stars\n', columns, refusal('INVALID_ARGUMENT', /are: "who;what;stars"/)],
    ['an ambiguous column', 'who,who,what,stars\n', columns, refusal('INVALID_ARGUMENT', /more than one column "who"/)],
    ['a number too high', 'ann,tea\n', numbered, refusal('INVALID_ARGUMENT', /no column 2.*has 2.*"ann", "tea"/)],
    ['a word for a value', 'who,what,stars\na,b,1\na,c,many\n', columns, refusal('NOT_FINITE', /Line 3.*"many"/)],
    ['no value', 'who,what,stars\n\na,b,\n', columns, refusal('NOT_FINITE', /Line 3.*value is ""/)],
    ['an infinite value', 'a,b,Infinity\n', numbered, refusal('NOT_FINITE', /Line 1.*"Infinity"/)],
    ['a value beyond float32', 'a,b,1\na,c,1e39\n', numbered, refusal('NOT_FINITE', /Line 2 \(user "a", item "c"\)/)],
    ['no user', 'a,b,1\n,c,1\n', numbered, refusal('INVALID_ARGUMENT', /Line 2: the user is empty/)],
    ['a short row', 'a,b,1\n\na,c\n', numbered, refusal('CORRUPT_FILE', /Line 3.*has 2 columns; expected 3/)],
    ['an open quote', 'a,b,1\na,"c,1\n', numbered, refusal('CORRUPT_FILE', /Line \d.*quote/i)],
    ['a stray quote', 'a,b,1\na,c"d,1\n', numbered, refusal('CORRUPT_FILE', /Line 2.*quote/)],
    ['names mixed with numbers', text, { user: 'who', item: 2 }, refusal('INVALID_ARGUMENT', /all header names, or/)],
    ['a negative number', text, { user: 0, item: -1 }, refusal('INVALID_ARGUMENT', /numbers from 0/)],
    ['an empty delimiter', text, { ...columns, delimiter: '' }, refusal('INVALID_ARGUMENT', /delimiter/)],
  ])('refuses %s', async (_, source, options, expected) => {
    await expect(read(source, options)).rejects.toMatchObject(expected);
  });
});

describe('files of many blocks', () => {
  const rows = 20_000;
  const noted = (row: number) => `user ${row % 1000},"item ""${row}"",\n${row % 7}",${row % 5}\n`;
  const long = `who,what,stars\n${Array.from({ length: rows }, (_, row) => noted(row)).join('')}`;

  it('loses nothing between them', async () => {
    const interactions = await Interactions.fromCsv(long, columns);
    expect(interactions.size).toBe(rows);
    expect(interactions.items).toEqual(Array.from({ length: rows }, (_, row) => `item "${row}",\n${row % 7}`));
  });

  it('still knows the line', async () => {
    const pieces = [long, 'ann,tea,', '4\nann,tea,x\n'];
    await expect(read(pieces)).rejects.toMatchObject(refusal('NOT_FINITE', new RegExp(`Line ${2 * rows + 3}: `)));
    const open = [long, 'ann,"tea,4\n'];
    await expect(read(open)).rejects.toMatchObject(refusal('CORRUPT_FILE', new RegExp(`Line ${2 * rows + 2}: `)));
  });
});

it('reads back whatever is written with quotes, however it is cut', async () => {
  const anyId = fc.string({ minLength: 1, unit: 'grapheme' });
  const anyRow = fc.tuple(anyId, anyId, fc.float({ noNaN: true, noDefaultInfinity: true }));
  const quoted = (field: string) => `"${field.replaceAll('"', '""')}"`;
  await fc.assert(
    fc.asyncProperty(fc.array(anyRow), fc.integer({ min: 1, max: 40 }), async (rows, size) => {
      const body = rows.map(([user, item, value]) => `${quoted(user)},${quoted(item)},${value}\n`).join('');
      const encoded = new TextEncoder().encode(body);
      const pieces = [];
      for (let at = 0; at < encoded.length; at += size) pieces.push(encoded.subarray(at, at + size));
      const expected = Interactions.from(rows.map(([user, item, value]) => ({ user, item, value: value + 0 })));
      const found = await read(Readable.from(pieces), { user: 0, item: 1, value: 2 });
      expect(found).toEqual([...expected.records()]);
    }),
  );
});

it('refuses bytes that are not UTF-8 instead of making one id of two', async () => {
  const bytes = Uint8Array.from(Buffer.from('user,item\ncaf\xe9,tea\ncaf\xe8,tea\n', 'latin1'));
  await expect(Interactions.fromCsv(bytes, { user: 'user', item: 'item' })).rejects.toMatchObject({
    code: 'CORRUPT_FILE',
    message: expect.stringContaining('not UTF-8'),
  });
});
