/**
 * The part of the service that only answers, for edge runtimes: models and indexes come as bytes of their files, and
 * nothing of Node is needed.
 * @module kindred-server/edge
 */
import { Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { VectorIndex } from 'kindred';
import { modelFromBytes } from 'kindred/recommend';
import type { z } from 'zod';
import { named, Refusal } from '../errors.js';
import { problemOf } from '../http/problem.js';
import { LIMITS } from '../limits.js';
import { describeIssues } from '../schema/complaints.js';
import { SearchInput } from '../schema/indexes.js';
import { readJson } from '../schema/json.js';
import { RecommendInput, SimilarItemsInput } from '../schema/scenarios.js';

/** Files by name. A model answers as the scenario of its name. */
export interface EdgeFiles {
  readonly models?: Readonly<Record<string, Uint8Array>>;
  /** Of indexes whose ids are texts. */
  readonly indexes?: Readonly<Record<string, Uint8Array>>;
}

/**
 * An app that answers `recommend`, `similar-items` and `search` as the service does, without keys: what is before it
 * lets in. It keeps nothing, so there is no `asOf`, no filter, and nobody but who is in a file.
 * @example
 * const app = createEdgeApp({ models: { games: modelBytes } });
 * export default { fetch: app.fetch };
 * @throws KindredError for bytes that are no such file
 */
export function createEdgeApp({ models = {}, indexes = {} }: EdgeFiles): Hono {
  const knownModels = new Map(Object.entries(models).map(([name, file]) => [name, modelFromBytes(file)]));
  const knownIndexes = new Map(
    Object.entries(indexes).map(([name, file]) => [name, VectorIndex.fromBytes(file) as VectorIndex<string>]),
  );
  const app = new Hono();

  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.post('/v1/scenarios/:name/recommend', async (c) => {
    const model = named(knownModels, 'scenario', c.req.param('name'));
    const asked = await read(c.req.raw, RecommendInput);
    const { user, profile, explain, k = 10, diverse, filter, asOf, boost, item, next, ...rest } = asked;
    refuseStored({ filter, asOf, boost, item, next });
    const options = {
      fallback: 'popular',
      ...rest,
      k,
      diverse: typeof diverse === 'number' ? { lambda: diverse } : diverse,
      unknownItems: 'skip',
    } as const;
    const who =
      user ??
      (profile ?? []).map((entry): [string, number] =>
        typeof entry === 'string' ? [entry, 1] : [entry.item, entry.value],
      );
    const stored = typeof who === 'string' && model.interactions.hasUser(who);
    const found = stored
      ? model.recommend(who, options)
      : model.recommendFor(typeof who === 'string' ? [] : who, options);
    const items = found.map((each) => {
      if (!explain) return each;
      const reasons = each.fallback ? [] : model.explain(who, each.item, { unknownItems: 'skip' }).reasons;
      return { ...each, reasons: [...reasons] };
    });
    const isFallback = items.length > 0 && items.every(({ fallback }) => fallback !== undefined);
    return c.json({ model: c.req.param('name'), items, fallback: isFallback });
  });
  app.post('/v1/scenarios/:name/similar-items', async (c) => {
    const model = named(knownModels, 'scenario', c.req.param('name'));
    const { item, k = 10, minScore = Number.NEGATIVE_INFINITY, ...rest } = await read(c.req.raw, SimilarItemsInput);
    refuseStored(rest);
    const found = model.similarItems(item, k);
    return c.json({ model: c.req.param('name'), items: found.filter(({ score }) => score >= minScore) });
  });
  app.post('/v1/indexes/:name/search', async (c) => {
    const index = named(knownIndexes, 'index', c.req.param('name'));
    const { vector, id, k, minScore, filter } = await read(c.req.raw, SearchInput);
    refuseStored({ filter });
    if (id === undefined) return c.json({ hits: [...(await index.searchAsync(vector ?? [], { k, minScore }))] });
    const own = index.get(id);
    if (own === undefined) throw new Refusal('UNKNOWN_ID', `The index has no vector ${JSON.stringify(id)}.`);
    const hits = await index.searchAsync(own, { k: k + 1, minScore });
    return c.json({ hits: hits.filter((hit) => hit.id !== id).slice(0, k) });
  });
  app.notFound((c) => problem(new Refusal('UNKNOWN_NAME', `There is no ${c.req.method} ${c.req.path.slice(0, 200)}.`)));
  app.onError(problem);
  return app;
}

async function read<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  const type = request.headers.get('content-type')?.split(';')[0].trim().toLowerCase();
  if (type !== 'application/json') throw new Refusal('UNSUPPORTED', 'The body must be application/json.');
  if (Number(request.headers.get('content-length') ?? 0) > LIMITS.bodyBytes) {
    throw new Refusal('TOO_LARGE', `The body has more than ${LIMITS.bodyBytes} bytes.`);
  }
  const { success, data, error } = schema.safeParse(readJson(await request.text()));
  if (success) return data;
  const complaints = describeIssues(error.issues);
  const [{ at, message }] = complaints;
  throw new Refusal('INVALID_REQUEST', `In the body${at === '' ? '' : `, ${at}`}: ${message}`, complaints);
}

/** @throws Refusal UNSUPPORTED for what only a store can tell */
function refuseStored(asked: Readonly<Record<string, unknown>>): void {
  const [name] = Object.keys(asked).filter((each) => asked[each] !== undefined);
  if (name !== undefined)
    throw new Refusal('UNSUPPORTED', `${name} needs a store, which this part of the service lacks.`);
}

function problem(error: Error): Response {
  const told = problemOf(error, crypto.randomUUID());
  const headers = { 'content-type': 'application/problem+json' };
  return new Response(JSON.stringify(told), { status: told.status as ContentfulStatusCode, headers });
}
