/** Records in linear memory: no field lies on another, across its alignment or past the end. */
import { expect, it } from 'vitest';
import * as abi from '../../../src/backend/wasm/module/abi.js';

const numbers: Record<string, number> = abi;
/** Numbers of rows whose names begin like those of fields. */
const NO_FIELDS = new Set(['STRIP_ROWS', 'ALS_SCRATCH_ROWS']);
const RECORDS = Object.keys(numbers)
  .filter((name) => /_(BYTES|HEAD_BYTES)$/.test(name))
  .map((name) => ({ record: name.replace(/_(HEAD_)?BYTES$/, ''), bytes: numbers[name] }))
  .filter(({ record }) => fieldsOf(record).length > 0);

it.each(RECORDS)('$record', ({ record, bytes }) => {
  const taken = new Set<number>();
  for (const [name, at] of fieldsOf(record)) {
    const size = name.endsWith('_F64') ? 8 : 4;
    expect(at % size, name).toBe(0);
    expect(at + size, name).toBeLessThanOrEqual(bytes);
    for (let word = at; word < at + size; word += 4) {
      expect(taken.has(word), `${name} lies on another field`).toBe(false);
      taken.add(word);
    }
  }
  expect(bytes % 8).toBe(0);
});

it('are all there', () => {
  const names = [
    'BEST',
    'ROWS',
    'BLOCK',
    'GRAPH',
    'STRIP',
    'QUERY',
    'CANDIDATE',
    'PRODUCT',
    'ALS',
    'SKIP_GRAM',
    'GLOVE',
  ];
  expect(RECORDS.map(({ record }) => record)).toEqual(names);
});

function fieldsOf(record: string): [name: string, at: number][] {
  const isField = (name: string) => name.startsWith(`${record}_`) && !/_BYTES?$/.test(name) && !NO_FIELDS.has(name);
  return Object.entries(numbers).filter(([name]) => isField(name));
}
