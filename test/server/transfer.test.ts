/** What a store holds leaves it as files and comes back the same; twice is as once, and bad rows are told by number. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exportTo } from '../../server/dist/transfer/export.js';
import { importFrom } from '../../server/dist/transfer/import.js';
import { newFolder, type Serving, serving } from './serving.js';

async function filled(): Promise<Serving> {
  const s = await serving();
  await s.must('PUT', '/v1/models/m', { kind: 'item-knn', events: { play: 1, buy: 3 } });
  await s.must('PUT', '/v1/scenarios/s', { model: 'm', k: 4 });
  await s.must('PUT', '/v1/indexes/i', { dim: 2 });
  const vectors = [
    { id: 'tea "ü"', vector: [0.1, 1e-30], properties: { hot: true, tags: ['a', 'b'] } },
    { id: 'oil', vector: [-3.5, 7] },
  ];
  await s.must('PUT', '/v1/indexes/i/vectors', { vectors });
  await s.must('PUT', '/v1/items/chess', { properties: { players: 2 }, hidden: true, expires: 4e12 });
  await s.must('PUT', '/v1/users/dee', { properties: { country: 'NL' } });
  await s.must('PUT', '/v1/users/nobody', {});
  const play = { user: 'ann', item: 'chess', type: 'play', time: 1_700_000_000_000 };
  const events = [
    play,
    play,
    { ...play, item: 'go', key: 'k1', recommId: 's.abc', value: 0.1 },
    { ...play, user: 'ben' },
  ];
  await s.must('POST', '/v1/events/batch', { events });
  await s.must('PUT', '/v1/namespaces/acme');
  await s.must('POST', '/v1/events', { user: 7, item: 8, time: -5 }, { 'kindred-namespace': 'acme' });
  return s;
}

const FILES = ['definitions', 'vectors', 'items', 'users', 'events'];
async function textOf(s: Serving): Promise<string[]> {
  const folder = join(newFolder(), 'out');
  await exportTo(s.service.store, folder, 'jsonl');
  const rows = FILES.map((file) => readFileSync(join(folder, `${file}.jsonl`), 'utf8'));
  return rows.map((text) =>
    text
      .replaceAll(/,?"key":"import-\w+"/g, '')
      .split('\n')
      .sort()
      .join('\n'),
  );
}

it.each(['jsonl', 'parquet'] as const)(
  'the whole goes out as %s and comes back, as often as one likes',
  async (format) => {
    const s = await filled();
    await s.idle();
    const folder = join(newFolder(), 'out');
    const counts = await exportTo(s.service.store, folder, format);
    expect(counts).toEqual({ definitions: 3, vectors: 2, items: 1, users: 5, events: 5 });
    await expect(exportTo(s.service.store, folder, format)).rejects.toMatchObject({ code: 'CONFLICT' });
    const before = await textOf(s);
    // Where it came from, it changes nothing.
    expect((await importFrom(s.service, [folder], 'default')).taken.events).toBe(0);
    expect(await textOf(s)).toEqual(before);
    const other = await serving();
    const first = await importFrom(other.service, [folder], 'default');
    expect(first).toMatchObject({ refused: 0, taken: { events: 5, vectors: 2, items: 1, users: 5 } });
    expect(await textOf(other)).toEqual(before);
    expect((await importFrom(other.service, [folder], 'default')).taken.events).toBe(0);
    expect(await textOf(other)).toEqual(before);
    const asked = { user: 'ben', k: 3, explain: true };
    const { items } = await other.must('POST', '/v1/scenarios/s/recommend', asked);
    expect(items).toEqual((await s.must('POST', '/v1/scenarios/s/recommend', asked)).items);
    await s.close();
    await other.close();
  },
);

it('bad rows are told by their number, and the others are taken', async () => {
  const s = await serving();
  const folder = newFolder();
  mkdirSync(join(folder, 'in'));
  const write = (name: string, ...lines: string[]) => writeFileSync(join(folder, 'in', name), lines.join('\n'));
  write(
    'events.jsonl',
    '{"user":"a","item":"b","time":1}',
    '',
    '{"user":"a"',
    '{"user":"a","item":"b"}',
    '{"user":"","item":1,"time":1}',
    '{"user":"a","item":"c","key":"k"}',
  );
  write(
    'definitions.jsonl',
    '{"thing":"index","name":"i","body":{"dim":2}}',
    '{"thing":"model","name":"m","body":{"kind":"svd"}}',
    '{"thing":"scenario","name":"s","body":{"model":"none"}}',
  );
  write(
    'vectors.jsonl',
    '{"index":"i","id":"a","vector":[1,2]}',
    '{"index":"i","id":"b","vector":[1,2,3]}',
    '{"index":"j","id":"a","vector":[1]}',
  );
  const { taken, refused, complaints } = await importFrom(s.service, [join(folder, 'in')], 'default');
  expect(taken).toEqual({ definitions: 1, vectors: 1, events: 2 });
  expect([refused, complaints.map((each) => each.split(':').slice(0, 2).join(':')).sort()]).toEqual([
    7,
    [
      'definitions.jsonl:2',
      'definitions.jsonl:3',
      'events.jsonl:3',
      'events.jsonl:4',
      'events.jsonl:5',
      'vectors.jsonl:2',
      'vectors.jsonl:3',
    ],
  ]);
  write('events.parquet', 'PAR1 this is none PAR1');
  const bad = importFrom(s.service, [join(folder, 'in/events.parquet')], 'default');
  await expect(bad).rejects.toThrow(/events\.parquet is no Parquet/);
  await expect(importFrom(s.service, [join(folder, 'nowhere')], 'default')).rejects.toThrow(/no file or folder/);
  await s.close();
});
