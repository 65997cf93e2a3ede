/** What can be asked of indexes: stored first, then searched. */
import { named, Refusal } from '../errors.js';
import type { Service } from '../live/service.js';
import type { Tenant } from '../live/tenant.js';
import type { Properties } from '../schema/common.js';
import type { IndexInput, SearchAnswer, SearchInput } from '../schema/indexes.js';
import type { LiveIndex } from './live-index.js';

export async function defineIndex({ store }: Service, tenant: Tenant, name: string, definition: IndexInput) {
  requireSameShape(tenant, name, definition);
  const change = { thing: 'index', name, body: definition } as const;
  const { seq } = await store.write({ kind: 'define', namespace: tenant.name, ...change });
  tenant.define(change);
  tenant.reach(seq);
  return describeIndex(tenant, name);
}

/** @throws Refusal CONFLICT for an index that is there and has other vectors */
export function requireSameShape(tenant: Tenant, name: string, { dim, metric }: IndexInput): void {
  const known = tenant.indexes.get(name)?.definition;
  if (known === undefined || (known.dim === dim && known.metric === metric)) return;
  const message = `The index ${JSON.stringify(name)} has vectors of ${known.dim} and the metric ${known.metric}: delete it first.`;
  throw new Refusal('CONFLICT', message);
}

export function describeIndex(tenant: Tenant, name: string) {
  const index = named(tenant.indexes, 'index', name);
  return { index: name, ...index.definition, size: index.size, asOf: tenant.seq };
}

export async function putVectors(
  { store }: Service,
  tenant: Tenant,
  name: string,
  given: readonly { id: string; vector: number[]; properties: Properties }[],
) {
  const index = named(tenant.indexes, 'index', name);
  const rows = given.map(({ vector, ...row }) => ({ ...row, vector: Float32Array.from(vector) }));
  requireOnce(rows.map(({ id }) => id));
  index.check(rows.map(({ vector }) => vector));
  const { seq } = await store.write({ kind: 'put-vectors', namespace: tenant.name, index: name, rows });
  index.put(rows);
  tenant.reach(seq);
  return { asOf: seq };
}

export async function deleteVectors({ store }: Service, tenant: Tenant, name: string, ids: readonly string[]) {
  const index = named(tenant.indexes, 'index', name);
  const { seq, ids: gone } = await store.write({ kind: 'delete-vectors', namespace: tenant.name, index: name, ids });
  index.delete(gone);
  tenant.reach(seq);
  return { asOf: seq, deleted: gone.length };
}

export async function searchIndex(tenant: Tenant, name: string, asked: SearchInput): Promise<SearchAnswer> {
  const index = named(tenant.indexes, 'index', name);
  const asOf = tenant.seq;
  return { asOf, hits: await hitsOf(index, asked) };
}

/** Several questions in one request make one batch. */
export async function searchMany(tenant: Tenant, name: string, searches: readonly SearchInput[]) {
  const index = named(tenant.indexes, 'index', name);
  const asOf = tenant.seq;
  const answers = await Promise.all(searches.map(async (each) => ({ hits: await hitsOf(index, each) })));
  return { asOf, answers };
}

async function hitsOf(index: LiveIndex, asked: SearchInput): Promise<SearchAnswer['hits']> {
  const hits = await index.search(asked);
  return hits.map(({ id, score }) => ({ id, score, properties: index.rows.get(id) ?? {} }));
}

function requireOnce(ids: readonly string[]): void {
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id)) throw new Refusal('DUPLICATE_ID', `The id ${JSON.stringify(id)} is given twice.`);
    seen.add(id);
  }
}
