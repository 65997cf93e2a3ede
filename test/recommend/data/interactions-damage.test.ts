/** A CSV and a JSONL file with every kind of damage: what is whole is kept, what is not is named by its line. */
import { describe, expect, it } from 'vitest';
import { type CsvOptions, Interactions } from '../../../src/recommend/index.js';

const columns: CsvOptions = { user: 'user', item: 'item', value: 'value', time: 'time', onBadRow: 'skip' };
const HEADER = 'user,item,value,time';

/** One line each, but the first and last; `reason` where the line is damaged. */
const LINES: readonly (readonly [line: string | Uint8Array, reason?: string])[] = [
  [HEADER],
  ['u1,a,1,10'],
  ['u1,b,1', 'columns'],
  ['u1,b,1,10,x', 'columns'],
  [''],
  [',b,1,10', 'id'],
  ['u1,,1,10', 'id'],
  ['u1,b,NaN,10', 'value'],
  ['u1,b,Infinity,10', 'value'],
  ['u1,b,four,10', 'value'],
  ['u1,b,,10', 'value'],
  ['u1,b,1e39,10', 'value'],
  ['u1,b,0x10,10', 'value'],
  ['u1,b,"1,000",10', 'value'],
  ['u1,b,1,yesterday', 'time'],
  ['u1,b,1,2024-05-01T12:00:00Z', 'time'],
  ['u1,b,1,', 'time'],
  ['u2,"b,1,10', 'malformed'],
  ['u2,c,1,10'],
  ['u3,d"e,1,10', 'malformed'],
  ['u3,"d"e,1,10', 'malformed'],
  ['u3,d",1,10', 'malformed'],
  ['u3,"f ""g"", h",2,20'],
  ['u3,i\0,1,10', 'malformed'],
  [Uint8Array.of(0x75, 0x34, 0x2c, 0xe9, 0x2c, 0x31, 0x2c, 0x31, 0x0a), 'encoding'],
  [Uint8Array.of(0x75, 0x34, 0x2c, 0xc3, 0x2c, 0x31, 0x2c, 0x31, 0x0a), 'encoding'],
  ['u4,\ufffd,1,10'],
  ['u4,\ufeff,1,10'],
  ['u5,j,1,10\r'],
  ['\r'],
  ['   ', 'columns'],
  ['\0\0\0', 'columns'],
  [`u6,${'k'.repeat(300_000)},1,10`],
  [`u6,"${'k'.repeat(2_000_000)}",1,10`, 'malformed'],
  ['u6,"l,1,10', 'malformed'],
];
const LAST = 'u7,m,1,10';

function bytesOf(lines: typeof LINES): Uint8Array {
  const parts = lines.map(([line]) => (typeof line === 'string' ? Buffer.from(`${line}\n`) : line));
  return Buffer.concat([Buffer.from('\ufeff'), ...parts, Buffer.from(LAST)]);
}

const EXPECTED = [
  ['u1', 'a', 1, 10],
  ['u2', 'c', 1, 10],
  ['u3', 'f "g", h', 2, 20],
  ['u4', '\ufffd', 1, 10],
  ['u4', '\ufeff', 1, 10],
  ['u5', 'j', 1, 10],
  ['u6', 'k'.repeat(300_000), 1, 10],
  ['u7', 'm', 1, 10],
];
const rowsOf = (interactions: Interactions) =>
  [...interactions.records()].map(({ user, item, value, time }) => [user, item, value, time]);
const damaged = LINES.flatMap(([, reason], n) => (reason === undefined ? [] : [{ line: n + 1, reason }]));

function countsOf(rows: readonly { reason: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of rows) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

describe('a damaged CSV', () => {
  it('gives up every whole row, and the line of every other', async () => {
    const interactions = await Interactions.fromCsv(bytesOf(LINES), columns);
    expect(rowsOf(interactions)).toEqual(EXPECTED);
    const { report } = interactions;
    expect(report.dropped).toEqual(countsOf(damaged));
    expect(report.examples.map(({ line, reason }) => ({ line, reason }))).toEqual(damaged.slice(0, 20));
    for (const { line, message } of report.examples) expect(message).toMatch(new RegExp(`^Line ${line}\\b`));
    expect(report.read).toBe(EXPECTED.length + damaged.length);
    expect(report).toMatchObject({ kept: EXPECTED.length, merged: 0 });
  });

  it.each([1, 7, 4096])('is read the same in pieces of %i bytes', async (size) => {
    // Without the long fields, so that single bytes take no time.
    const bytes = bytesOf(LINES.filter(([line]) => line.length < 1000));
    async function* pieces() {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    }
    const [whole, cut] = [await Interactions.fromCsv(bytes, columns), await Interactions.fromCsv(pieces(), columns)];
    expect(rowsOf(cut)).toEqual(rowsOf(whole));
    expect(cut.report).toEqual(whole.report);
  });

  it.each(damaged)('is refused at line $line ($reason) unless bad rows are skipped', async ({ line }) => {
    const until = LINES.filter(([, reason], n) => reason === undefined || n + 1 === line);
    const at = until.indexOf(LINES[line - 1]) + 1;
    const reading = Interactions.fromCsv(bytesOf(until), { ...columns, onBadRow: 'error' });
    await expect(reading).rejects.toMatchObject({
      name: 'KindredError',
      message: expect.stringMatching(new RegExp(`^Line ${at}\\b`)),
    });
  });

  it('reports the lines behind damage of several thousand rows', async () => {
    const lines = Array.from({ length: 60_000 }, (_, n) => (n % 3000 === 7 ? `u${n},"i,1,1` : `u${n},i${n % 50},1,1`));
    const { report, size } = await Interactions.fromCsv(`${HEADER}\n${lines.join('\n')}\n`, columns);
    expect(report.dropped).toEqual({ malformed: 20 });
    expect(report.examples.map(({ line }) => line)).toEqual(Array.from({ length: 20 }, (_, n) => n * 3000 + 9));
    expect(size).toBe(60_000 - 20);
  });
});

describe('an open quote that a later one would close', () => {
  const text = `${HEADER}\nu1,"a,1,10\nu2,b,1,10\nu3,c",1,10\nu4,d,1,10\n`;

  it('costs the damaged lines and no other', async () => {
    const interactions = await Interactions.fromCsv(text, columns);
    expect(rowsOf(interactions)).toEqual([
      ['u2', 'b', 1, 10],
      ['u4', 'd', 1, 10],
    ]);
    expect(interactions.report.examples.map(({ line }) => line)).toEqual([2, 4]);
  });

  it('is an error otherwise, with the remedy in case it was meant', async () => {
    await expect(Interactions.fromCsv(text, { ...columns, onBadRow: 'error' })).rejects.toMatchObject({
      code: 'CORRUPT_FILE',
      message: expect.stringMatching(/^Line 2: .*lineBreaks: true/),
    });
    const meant = await Interactions.fromCsv(text, { ...columns, onBadRow: 'error', lineBreaks: true });
    expect(meant.items).toEqual(['a,1,10\nu2,b,1,10\nu3,c', 'd']);
  });
});

it('cannot begin with a damaged header', async () => {
  const bad = Buffer.from('user,\xe9,value,time\nu,i,1,1\n', 'latin1');
  await expect(Interactions.fromCsv(bad, columns)).rejects.toMatchObject({ code: 'CORRUPT_FILE' });
  const unmarked = Buffer.from('user,item,value,time\nu,i,1,1\n', 'utf16le');
  await expect(Interactions.fromCsv(unmarked, columns)).rejects.toMatchObject({ code: 'CORRUPT_FILE' });
  await expect(Interactions.fromCsv('user,"item\n', columns)).rejects.toMatchObject({ code: 'CORRUPT_FILE' });
});

describe('damaged JSON Lines', () => {
  const lines: readonly (readonly [string | Buffer, string?])[] = [
    ['{"u":"a","i":1,"v":2,"t":5}'],
    ['{"u":"a","i":1,"v":2,"t":5', 'malformed'],
    ['[1,2]', 'malformed'],
    ['null', 'malformed'],
    [''],
    ['{"u":"a","v":2,"t":5}', 'id'],
    ['{"u":"","i":1,"v":2,"t":5}', 'id'],
    ['{"u":null,"i":1,"v":2,"t":5}', 'id'],
    ['{"u":"a","i":9007199254740993,"v":2,"t":5}', 'id'],
    ['{"u":"a","i":2,"v":"2","t":5}', 'value'],
    ['{"u":"a","i":2,"t":5}', 'value'],
    ['{"u":"a","i":2,"v":1e39,"t":5}', 'value'],
    ['{"u":"a","i":2,"v":2,"t":"soon"}', 'time'],
    ['{"u":"a","i":2,"v":2,"t":"2024-01-01"}', 'time'],
    [Buffer.from('{"u":"\xe9","i":2,"v":2,"t":5}', 'latin1'), 'encoding'],
    ['{"u":"b","i":"1","v":2,"t":6}\r'],
  ];
  const bytes = Buffer.concat(lines.map(([line]) => Buffer.concat([Buffer.from(line), Buffer.from('\n')])));
  const fields = { user: 'u', item: 'i', value: 'v', time: 't' };
  const bad = lines.flatMap(([, reason], n) => (reason === undefined ? [] : [{ line: n + 1, reason }]));

  it('gives up every whole line, and names the others', async () => {
    const interactions = await Interactions.fromJsonl(bytes, { ...fields, onBadRow: 'skip' });
    expect([...interactions.records()]).toEqual([
      { user: 'a', item: 1, value: 2, time: 5 },
      { user: 'b', item: '1', value: 2, time: 6 },
    ]);
    expect(interactions.report.examples.map(({ line, reason }) => ({ line, reason }))).toEqual(bad);
    expect(interactions.report).toMatchObject({ read: 2 + bad.length, kept: 2, dropped: countsOf(bad) });
  });

  it('makes texts of ids if asked', async () => {
    const interactions = await Interactions.fromJsonl(bytes, { ...fields, onBadRow: 'skip', ids: 'text' });
    expect(interactions.items).toEqual(['1']);
  });

  it('is an error otherwise', async () => {
    await expect(Interactions.fromJsonl(bytes, fields)).rejects.toMatchObject({
      code: 'CORRUPT_FILE',
      message: expect.stringMatching(/^Line 2: this is no JSON/),
    });
  });
});

describe('a text longer than a block', () => {
  const LINES = 3000;
  const long = 'x'.repeat(100);

  it('has its lines of JSON counted on', async () => {
    const pieces = Array.from({ length: LINES }, (_, n) => `{"u":"${long}","i":${n}}\n`);
    const { report } = await Interactions.fromJsonl([...pieces, '{"u":1}\n'], {
      user: 'u',
      item: 'i',
      onBadRow: 'skip',
    });
    expect(report.examples.map(({ line }) => line)).toEqual([LINES + 1]);
  });

  it('loses no mark of byte order but the first', async () => {
    // Wherever a block begins, there is one.
    const lines = Array.from({ length: LINES }, (_, n) => `\ufeff${long},${n}\n`);
    const interactions = await Interactions.fromCsv(['\ufeff', ...lines], { user: 0, item: 1 });
    expect(interactions.users).toEqual([`\ufeff${long}`]);
  });
});

it('skips bad records in memory', () => {
  const records = [{ user: 'a', item: 'x' }, null, { user: 'a' }, { user: 'a', item: 'y', value: Number.NaN }];
  const { report } = Interactions.from(records as { user: string; item: string }[], { onBadRow: 'skip' });
  expect(report).toMatchObject({ read: 4, kept: 1, merged: 0, dropped: { malformed: 1, id: 1, value: 1 } });
  expect(report.examples.map(({ line }) => line)).toEqual([1, 2, 3]);
  expect(report.examples[2].message).toMatch(/^records\[3\] \(user "a", item "y"\)/);
});
