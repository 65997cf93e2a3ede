/** The files the command opens: every kind it knows, packed or not, and what it says about those it cannot read. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { writeNpy } from '../../src/io/index.js';
import { folder, json, put, refusal } from '../fixtures/processes/command.js';

async function results(...args: string[]): Promise<{ id: string; score: number }[]> {
  return (await json(...args)).results;
}

/** Rows whose order tells which columns were read: x goes with y twice, with z once. */
const ROWS = [
  ['a', 'x', '5'],
  ['a', 'y', '4'],
  ['b', 'x', '1'],
  ['b', 'y', '1'],
  ['c', 'x', '3'],
  ['c', 'z', '2'],
];
const table = (header: string[], rows: string[][], delimiter = ',') =>
  `${[header, ...rows].map((row) => row.join(delimiter)).join('\n')}\n`;
const plain = table(
  ['user', 'item'],
  ROWS.map((row) => row.slice(0, 2)),
);

describe('interactions', () => {
  const expected = [
    { id: 'y', score: 2 / Math.sqrt(6) },
    { id: 'z', score: 1 / Math.sqrt(3) },
  ].map(({ id, score }) => ({ id, score: expect.closeTo(score, 12) }));

  it.each([
    ['CSV', put('plain.csv', plain), []],
    ['packed CSV', put('packed.csv.gz', gzipSync(plain)), []],
    ['TSV', put('plain.tsv', plain.replaceAll(',', '\t')), []],
    ['packed TSV, in capitals', put('PACKED.TSV.GZ', gzipSync(plain.replaceAll(',', '\t'))), []],
    ['another delimiter', put('semicolon.csv', plain.replaceAll(',', ';')), ['--delimiter', ';']],
    [
      'usual names in another order',
      put(
        'order.csv',
        table(
          ['n', 'movieId', 'User-ID'],
          ROWS.map(([u, i], n) => [`${n}`, i, u]),
        ),
      ),
      [],
    ],
    ['a byte-order mark and carriage returns', put('bom.csv', `\ufeff${plain.replaceAll('\n', '\r\n')}`), []],
    ['quoted names', put('quoted.csv', plain.replace('user,item', '"user","it,em"')), ['--item-column', 'it,em']],
    [
      'columns by number behind a header',
      put('first.csv', table(['who', 'what', 'when'], ROWS)),
      ['--header', '--user-column', '1', '--item-column', '2'],
    ],
    [
      'columns by name',
      put(
        'named.csv',
        table(
          ['user', 'n', 'thing'],
          ROWS.map(([u, i], n) => [u, `${n}`, i]),
        ),
      ),
      ['--item-column', 'thing'],
    ],
    [
      'the one column that is left beside the one by name',
      put(
        'left.csv',
        table(
          ['thing', 'who'],
          ROWS.map(([u, i]) => [i, u]),
        ),
      ),
      ['--item-column', 'thing'],
    ],
    ['no header', put('headless.csv', plain.slice('user,item\n'.length)), ['--no-header']],
    [
      'no header, columns by number',
      put('numbers.csv', ROWS.map(([u, i]) => `${i},,${u}\n`).join('')),
      ['--no-header', '--user-column', '3', '--item-column', '1'],
    ],
  ])('are read from %s', async (_, file, options) => {
    expect(await results('similar', file, 'x', ...options)).toEqual(expected);
  });

  it('take values from a column named so, or from the one given', async () => {
    const weighted = { id: 'y', score: expect.closeTo((5 * 4 + 1) / Math.sqrt(35 * 17), 12) };
    const named = put('rating.csv', table(['user', 'item', 'rating'], ROWS));
    const given = put('stars.csv', table(['user', 'item', 'how much'], ROWS));
    const headless = put('stars-headless.csv', ROWS.map((row) => `${row.join(',')}\n`).join(''));
    expect((await results('similar', named, 'x'))[0]).toEqual(weighted);
    expect((await results('similar', given, 'x', '--value-column', 'how much'))[0]).toEqual(weighted);
    expect((await results('similar', headless, 'x', '--no-header', '--value-column', '3'))[0]).toEqual(weighted);
    expect(await results('similar', given, 'x')).toEqual(expected);
  });

  it.each([
    [
      'a column that is not there',
      put('a.csv', plain),
      ['--user-column', 'customer'],
      /a.csv: There is no column "customer". The columns are: "user", "item"/,
    ],
    ['one column', put('b.csv', 'user\na\n'), [], /b.csv: the header has 1 column separated by ",".*--delimiter/],
    ['nothing', put('c.csv', ''), [], /c.csv: the file is empty/],
    ['a bad value', put('d.csv', 'user,item,value\na,x,1\na,y,many\n'), [], /d.csv: Line 3: .*"many"/],
    ['a short row', put('e.csv', 'user,item\na,x\nb\n'), [], /e.csv: Line 3/],
    ['an open quote', put('f.csv', 'user,item\na,"x\n'), [], /f.csv: Line \d/],
    ['an open quote in the header', put('g.csv', 'user,"item\na,x\n'), [], /g.csv: line 1: /],
    [
      'a name without a header',
      put('h.csv', plain),
      ['--no-header', '--user-column', 'user'],
      /a column is a number, from 1/,
    ],
    ['damaged packing', put('i.csv.gz', gzipSync(plain).subarray(0, 30)), [], /i.csv.gz is not a whole gzip file/],
    ['no packing at all', put('j.csv.gz', plain), [], /j.csv.gz is not a whole gzip file/],
  ])('are refused with %s', async (_, file, options, message) => {
    expect(await refusal('similar', file, 'x', ...options)).toMatch(message);
  });

  it('of no users and items are refused', async () => {
    expect(await refusal('similar', put('header.csv', 'user,item\n'), 'x')).toMatch(
      /header.csv has no interactions; read 0 rows/,
    );
  });
});

describe('vectors', () => {
  const data = new Float32Array([0, 1, 1, 0, 0.6, 0.8]);
  const npy = writeNpy({ data, rows: 3, dim: 2 });
  const raw = new Uint8Array(data.buffer);
  const text = 'north 0 1\neast 1 0\nnortheast 0.6 0.8\n';
  const names = put('names.tsv', '0\tnorth\n1\teast\n2\tnortheast\n');

  it.each([
    ['.npy', put('v.npy', npy), '2'],
    ['.npy, packed', put('v.npy.gz', gzipSync(npy)), '2'],
    ['.npy, float64', put('v64.npy', writeNpy({ data: Float64Array.from(data), rows: 3, dim: 2 })), '2'],
    ['raw float32', put('v.f32', raw), '2', '--dim', '2'],
    ['raw float32 called .bin', put('v.bin', raw), '2', '--dim', '2'],
    ['GloVe text', put('v.txt', text), 'northeast'],
    ['GloVe text, packed', put('v.txt.gz', gzipSync(text)), 'northeast'],
    ['word2vec text', put('v.vec', `3 2\n${text}`), 'northeast'],
    ['.npy with names in a column', 'v.npy', 'northeast', '--ids', names, '--ids-column', '2'],
  ])('are read from %s', async (_, file, id, ...options) => {
    expect(await results('similar', file, id, ...options)).toEqual([
      expect.objectContaining({ row: 0, score: expect.closeTo(0.8, 6) }),
      expect.objectContaining({ row: 1, score: expect.closeTo(0.6, 6) }),
    ]);
  });

  it.each([
    [
      'cut',
      put('cut.npy', npy.subarray(0, npy.length - 1)),
      [],
      /cut.npy: \.npy: found 23 bytes of data from byte 128 on/,
    ],
    ['not what they are called', put('text.npy', 'north 0 1\n'), [], /text.npy: .*0x6e at byte 0/],
    ['raw without --dim', 'v.f32', [], /v.f32 does not say how long a row is; add --dim NUMBER/],
    ['raw with another --dim', 'v.f32', ['--dim', '4'], /v.f32: .*24 bytes are not whole rows of 4/],
    ['.npy with another --dim', 'v.npy', ['--dim', '4'], /v.npy has rows of 2 numbers; expected 4/],
    ['text with a bad line', put('bad.txt', 'a 1 2\nb 1\n'), [], /bad.txt: .*line 2/],
    ['packed and cut', put('cut.npy.gz', gzipSync(npy).subarray(0, 40)), [], /cut.npy.gz is not a whole gzip file/],
    [
      'not finite',
      put('nan.npy', writeNpy({ data: new Float32Array([1, Number.NaN]), rows: 1, dim: 2 })),
      [],
      /row 0, column 1 is NaN/,
    ],
    ['named too few times', 'v.npy', ['--ids', put('two.txt', 'a\nb\n')], /two.txt has 2 lines, but v.npy has 3 rows/],
    [
      'named by a column that is not there',
      'v.npy',
      ['--ids', names, '--ids-column', '3'],
      /names.tsv: line 1 has 2 columns, not 3/,
    ],
    ['named by no file', 'v.npy', ['--ids', 'missing.txt'], /cannot read missing.txt: no such file/],
  ])('are refused if %s', async (_, file, options, message) => {
    expect(await refusal('similar', file, '0', ...options)).toMatch(message);
  });
});

describe('any file', () => {
  it('is refused if it is not there, not a file, or of no known kind', async () => {
    mkdirSync(join(folder, 'folder.csv'));
    expect(await refusal('similar', 'missing.csv', 'x')).toBe('kindred: cannot read missing.csv: no such file');
    expect(await refusal('similar', 'missing.npy.gz', 'x')).toBe('kindred: cannot read missing.npy.gz: no such file');
    expect(await refusal('similar', 'folder.csv', 'x')).toBe('kindred: cannot read folder.csv: it is a directory');
    expect(await refusal('similar', 'notes.pdf', 'x')).toMatch(
      /notes.pdf does not tell what it is; expected one of \.csv/,
    );
    expect(await refusal('recommend', 'constructor', 'x')).toMatch(/does not tell what it is/);
  });
});
