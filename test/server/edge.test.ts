/** The part that only answers: the library's answers, from files, without anything of Node. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { createEdgeApp } from '../../server/dist/edge/index.js';
import { VectorIndex } from '../../src/index.js';
import { Interactions, ItemKnn } from '../../src/recommend/index.js';

const model = ItemKnn.fit(
  Interactions.from(
    [
      ['ann', 'chess'],
      ['ann', 'go'],
      ['ben', 'chess'],
      ['ben', 'go'],
      ['ben', 'shogi'],
      ['dee', 'chess'],
    ].map(([user, item]) => ({ user, item })),
  ),
);
const index = VectorIndex.from(
  [
    [1, 0.2],
    [0.1, 1],
    [0.7, 0.7],
  ],
  { ids: ['a', 'b', 'c'] },
);
const app = createEdgeApp({ models: { games: model.toBytes() }, indexes: { places: index.toBytes() } });

async function ask(path: string, body: unknown, type = 'application/json') {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await app.request(path, { method: 'POST', headers: { 'content-type': type }, body: text });
  return { status: answer.status, body: await answer.json() };
}
const json = (value: unknown) => JSON.parse(JSON.stringify(value));

it('answers as the library does', async () => {
  const { body } = await ask('/v1/scenarios/games/recommend', { user: 'dee', k: 2, explain: true });
  const expected = model.recommend('dee', { k: 2 });
  expect(body.items.map(({ item, score }: { item: string; score: number }) => ({ item, score }))).toEqual(
    expected.map(({ item, score }) => ({ item, score })),
  );
  expect(body.items[0].reasons).toEqual(json(model.explain('dee', expected[0].item).reasons));
  const similar = await ask('/v1/scenarios/games/similar-items', { item: 'go' });
  expect(similar.body.items).toEqual(json(model.similarItems('go', 10)));
  const hits = await ask('/v1/indexes/places/search', { vector: [1, 1], k: 2 });
  expect(hits.body.hits).toEqual(json([...index.search([1, 1], 2)]));
  const others = await ask('/v1/indexes/places/search', { id: 'c', k: 2 });
  expect(others.body.hits.map(({ id }: { id: string }) => id)).toEqual(['a', 'b']);
});

it('somebody unknown gets what is popular, and a profile is answered', async () => {
  expect((await ask('/v1/scenarios/games/recommend', { user: 'nobody' })).body.fallback).toBe(true);
  const { body } = await ask('/v1/scenarios/games/recommend', { profile: ['chess'], k: 1 });
  expect(body).toMatchObject({ fallback: false, items: [{ item: 'go' }] });
});

it.each([
  ['/v1/scenarios/none/recommend', { user: 'a' }, 404],
  ['/v1/scenarios/games/recommend', { user: 'a', filter: 'a = 1' }, 415],
  ['/v1/scenarios/games/recommend', { item: 'go' }, 415],
  ['/v1/scenarios/games/recommend', { user: 'a', k: 0 }, 400],
  ['/v1/scenarios/games/recommend', {}, 400],
  ['/v1/scenarios/games/recommend', '{', 400],
  ['/v1/scenarios/games/similar-items', { item: 'ludo' }, 404],
  ['/v1/indexes/places/search', { vector: [1, 2, 3] }, 400],
  ['/v1/indexes/places/search', { id: 'z' }, 404],
  ['/v1/events', { user: 'a' }, 404],
])('%s refuses %j with %d', async (path, body, status) => {
  expect((await ask(path, body)).status).toBe(status);
});

it('needs nothing of Node', async () => {
  const { metafile } = await build({
    entryPoints: [fileURLToPath(new URL('../../server/dist/edge/index.js', import.meta.url))],
    ...{ bundle: true, write: false, metafile: true, format: 'esm', platform: 'browser', logLevel: 'error' },
    conditions: ['workerd'],
    external: ['*.wasm'],
  } as const);
  const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  expect(imported.filter((path) => !path.endsWith('.wasm'))).toEqual([]);
});
