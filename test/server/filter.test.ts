/** Filters: what they mean beside a plain predicate, and what they refuse. */
import { describe, expect, it } from 'vitest';
import { FilterableRows } from '../../server/dist/filter/rows.js';

const ITEMS = {
  a: { kind: 'book', year: 1999, tags: ['x', 'y'], sold: true },
  b: { kind: 'film', year: 2005, tags: ['y'], sold: false },
  c: { kind: "it's", year: -1.5 },
  d: {},
  e: { kind: 'book', year: '1999' },
};
const rows = () => {
  const all = new FilterableRows();
  for (const [id, properties] of Object.entries(ITEMS)) all.set(id, properties);
  return all;
};
const chosen = (...filters: string[]) => rows().select(filters).join('');

describe('a filter', () => {
  it.each([
    ["kind = 'book'", 'ae'],
    ["kind != 'book'", 'bcd'],
    ["kind in ('film', 'it''s')", 'bc'],
    ['year = 1999', 'a'],
    ["year = '1999'", 'e'],
    ['year >= -1.5 and year < 2e3', 'ac'],
    ['year > 1999', 'b'],
    ['year <= 1999', 'ac'],
    ["tags = 'y'", 'ab'],
    ["tags in ('x')", 'a'],
    ['sold = true', 'a'],
    ['sold != true', 'bcde'],
    ['exists year', 'abce'],
    ['not exists year', 'd'],
    ["not (kind = 'book' or year > 2000)", 'cd'],
    ["kind = 'book' and year = 1999 or kind = 'film'", 'ab'],
    ["KIND = 'book'", ''],
    ["NOT kind = 'book' AND exists kind", 'bc'],
    ["  kind='book'and(exists tags)  ", 'a'],
    ['constructor = 1', ''],
    ['exists __proto__', ''],
  ])('%s', (filter, ids) => expect(chosen(filter)).toBe(ids));

  it('of several, all must hold, whatever brackets are in them', () => {
    expect(chosen("kind = 'book' or kind = 'film'", 'year = 1999')).toBe('a');
    expect(() => chosen("kind = 'book') or (exists kind", 'year = 1999')).toThrow(/expected and, or or the end/);
  });

  it.each([
    ['', /has its end at character 1; expected the name of a property/],
    ['kind', /has its end at character 5; expected =, !=/],
    ['kind = ', /expected a 'text' in single quotes/],
    ['kind = "book"', /has "\\"book\\"" at character 8, which is no word/],
    ["kind = 'book", /at character 8, which is no word/],
    ['kind == 1', /has "= 1" at character 7; expected a 'text'/],
    ['kind in ()', /expected a 'text'/],
    ['and = 1', /expected the name of a property/],
    ['(kind = 1', /expected \)/],
    ['kind < true', /compares true by </],
    ['year = 1e999', /expected a 'text'/],
    [`${'('.repeat(50)}a = 1${')'.repeat(50)}`, /nested more than 16 deep/],
    [Array(200).fill('a = 1').join(' or '), /more than 128 conditions/],
  ])('%s is refused', (filter, message) => expect(() => chosen(filter)).toThrow(message));

  it('sees rows that change, and keeps what it chose until then', () => {
    const all = rows();
    const before = all.select(['year = 1999']);
    expect(all.select(['year = 1999'])).toBe(before);
    all.set('b', { year: 1999 });
    all.delete('a');
    all.set('f', { year: 1999 });
    expect([...all.select(['year = 1999'])].sort()).toEqual(['b', 'f']);
    expect(all.select(['not exists year'])).toEqual(['d']);
  });
});
