/** Text as other programs write it: encodings, quotes, decimal commas, delimiters at the end of lines. */
import { describe, expect, it } from 'vitest';
import { type CsvOptions, Interactions, type TextEncoding } from '../../../src/recommend/index.js';

const columns = { user: 'user', item: 'item', value: 'rating' };

async function read(source: string | Uint8Array, options: Partial<CsvOptions> = {}) {
  const interactions = await Interactions.fromCsv(source, { ...columns, ...options } as CsvOptions);
  return [...interactions.records()].map(({ user, item, value }) => [user, item, value]);
}

/** Windows-1252 of the letters used here. */
function windows1252(text: string): Uint8Array {
  const special: Record<string, number> = { '€': 0x80, '„': 0x84, Š: 0x8a, Ÿ: 0x9f };
  return Uint8Array.from(text, (letter) => special[letter] ?? letter.charCodeAt(0));
}

function utf16be(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'utf16le').swap16());
}

describe('text that is not UTF-8', () => {
  const text = 'user,item,rating\nZoë,€ „Škoda“ Ÿ,2\n'.replace('“', '');
  const long = `user,item,rating\n${Array.from({ length: 30_000 }, (_, n) => `Zoë ${n},ā𝄞,1\n`).join('')}`;
  const expected = [['Zoë', '€ „Škoda Ÿ', 2]];

  it.each([
    ['utf-16le', Buffer.from(`\ufeff${text}`, 'utf16le'), undefined],
    ['utf-16be', utf16be(`\ufeff${text}`), undefined],
    ['utf-16le', Buffer.from(text, 'utf16le'), 'utf-16le'],
    ['utf-16be', utf16be(text), 'utf-16be'],
    ['windows-1252', windows1252(text), 'windows-1252'],
    ['utf-8', Buffer.from(text), 'utf-8'],
  ] as [string, Uint8Array, TextEncoding | undefined][])('is read: %s', async (_, bytes, encoding) => {
    expect(await read(bytes, { encoding })).toEqual(expected);
  });

  it('is read in pieces that end anywhere', async () => {
    const bytes = utf16be(`\ufeff${long}`);
    const pieces = async function* () {
      yield new Uint8Array();
      for (let at = 0; at < 9; at++) yield bytes.subarray(at, at + 1);
      for (let at = 9; at < bytes.length; at += 4097) yield bytes.subarray(at, at + 4097);
    };
    const { users, items } = await Interactions.fromCsv(pieces(), columns);
    expect([users.length, users[29_999], items]).toEqual([30_000, 'Zoë 29999', ['ā𝄞']]);
  });

  it('is read as JSON Lines too', async () => {
    const bytes = Buffer.from('\ufeff{"user":"Zoë","item":"x"}\n', 'utf16le');
    expect((await Interactions.fromJsonl(bytes, { user: 'user', item: 'item' })).users).toEqual(['Zoë']);
  });

  it('is refused where it is not what it is said to be', async () => {
    await expect(read(windows1252(text))).rejects.toThrow(/bytes are not UTF-8/);
    await expect(
      read(Buffer.from('user,item,rating\n', 'utf16le').subarray(1), { encoding: 'utf-16be' }),
    ).rejects.toThrow();
    const half = Buffer.from([0xff, 0xfe, 0x61, 0x00, 0x00, 0xd8, 0x0a, 0x00]);
    await expect(read(half)).rejects.toMatchObject({ code: 'CORRUPT_FILE', message: 'The text is not UTF-16LE.' });
    await expect(read(text, { encoding: 'ebcdic' as TextEncoding })).rejects.toThrow(/encoding must be 'utf-8'/);
  });
});

describe('quotes', () => {
  const text = 'user\titem\trating\nann\t"Weird Al" Yankovic\t5\nben\t"\t4\n';

  it('mean nothing if told so', async () => {
    const options = { delimiter: '\t', quote: false } as const;
    expect(await read(text, options)).toEqual([
      ['ann', '"Weird Al" Yankovic', 5],
      ['ben', '"', 4],
    ]);
    await expect(read(text, { delimiter: '\t' })).rejects.toThrow(/Line 2: .*closing quote/);
  });

  it('may be of another kind', async () => {
    expect(await read("user,item,rating\nann,'a, ''b'' \"c',1\n", { quote: "'" })).toEqual([['ann', "a, 'b' \"c", 1]]);
    await expect(read(text, { quote: '""' })).rejects.toThrow(/quote must be one character, or false/);
    await expect(read(text, { quote: "'", delimiter: "'" })).rejects.toThrow(/delimiter must be/);
  });

  it('may hold line breaks in any column', async () => {
    const last = 'user,item,rating,text\nann,x,1,"first\nsecond, third\n\nfourth"\nben,y,2,plain\n';
    expect(await read(last)).toEqual([
      ['ann', 'x', 1],
      ['ben', 'y', 2],
    ]);
    const rowLike = 'user,item,rating,text\nann,x,1,"first\nb,y,2,text"\nben,y,2,plain\n';
    await expect(read(rowLike)).rejects.toThrow(/Line 2: .*lineBreaks: true/);
    expect(await read(rowLike, { lineBreaks: true })).toHaveLength(2);
  });
});

describe('numbers and delimiters', () => {
  it('with a decimal comma are read if told so', async () => {
    const text = 'user;item;rating\nann;x;3,5\nben;x;4\ncas;x;-1,25e1\n';
    const values = (await read(text, { delimiter: ';', decimal: ',' })).map(([, , value]) => value);
    expect(values).toEqual([3.5, 4, -12.5]);
    await expect(read(text, { delimiter: ';' })).rejects.toThrow(/the value is "3,5"/);
    await expect(read('user;item;rating\na;x;1.234,5\n', { delimiter: ';', decimal: ',' })).rejects.toThrow(
      /"1.234,5"/,
    );
    await expect(read(text, { decimal: ' ' as '.' })).rejects.toThrow(/decimal must be/);
  });

  it.each([
    ['rows', 'user,item,rating\nann,x,1,\nben,y,2,,\ncas,z,3\n'],
    ['the header', 'user,item,rating,\nann,x,1\nben,y,2\ncas,z,3\n'],
    ['all', 'user,item,rating,\nann,x,1,\nben,y,2,\ncas,z,3,\n'],
  ])('at the end of %s lose nothing', async (_, text) => {
    expect(await read(text)).toEqual([
      ['ann', 'x', 1],
      ['ben', 'y', 2],
      ['cas', 'z', 3],
    ]);
    await expect(read(`${text}dan,w,4,more\n`)).rejects.toThrow(/the row has 4 columns; expected 3/);
  });

  it('are told by a first line of spreadsheets', async () => {
    expect(await read('sep=;\r\nuser;item;rating\r\nann;x;1\r\n')).toEqual([['ann', 'x', 1]]);
    await expect(read('sep=;\nuser;item;rating\nann;x;one\n')).rejects.toThrow(/^Line 3: the value is "one"/);
    await expect(read('sep=;\nuser;item\n', { delimiter: ',' })).rejects.toThrow(/Line 1 says .*";"/);
  });
});

it('one column for two things is refused', async () => {
  await expect(read('user,item,rating\na,b,1\n', { item: 'user' })).rejects.toThrow(/a column of its own/);
  await expect(read('user,item,rating\na,b,1\n', { value: 'item' })).rejects.toThrow(/a column of its own/);
  await expect(Interactions.fromCsv('a,b\n', { user: 0, item: 0 })).rejects.toThrow(/a column of its own/);
  await expect(Interactions.fromJsonl('{}', { user: 'a', item: 'a' })).rejects.toThrow(/a name of its own/);
});
