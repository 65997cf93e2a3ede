/** What a store is asked, as statements of SQL. */
import type { Definition, ModelVersion, NewsReads, StoredItem, StoredKey, StoredVector } from '../contract.js';
import { EVENT_COLUMNS, type EventRow, eventOf, vectorOf } from './rows.js';

/** Runs one statement. */
export type Query = <Row>(sql: string, values?: unknown[]) => Promise<Row[]>;

interface ItemRow {
  readonly item: string;
  readonly properties: string;
  readonly hidden: boolean;
  readonly expires: number | null;
}
interface VectorRow {
  readonly place: number;
  readonly id: string;
  readonly vector: Uint8Array;
  readonly properties: string;
}

export function readsOf(query: Query): NewsReads {
  const one = async <T>(sql: string, values: unknown[]) => (await query<T>(sql, values))[0] as T | undefined;
  const events = async (where: string, values: unknown[]) =>
    (await query<EventRow>(`SELECT ${EVENT_COLUMNS} FROM events WHERE ${where}`, values)).map(eventOf);
  const vectors = async (where: string, values: unknown[]) =>
    (await query<VectorRow>(`SELECT place, id, vector, properties FROM vectors WHERE ${where}`, values)).map((row) => ({
      ...row,
      vector: vectorOf(row.vector),
      properties: JSON.parse(row.properties) as StoredVector['properties'],
    }));
  const items = async (where: string, values: unknown[]) =>
    (await query<ItemRow>(`SELECT item, properties, hidden, expires FROM items WHERE ${where}`, values)).map(
      (row): StoredItem => ({ ...row, properties: JSON.parse(row.properties) }),
    );

  return {
    latest: async () => (await query<{ last: number }>('SELECT last FROM sequence'))[0].last,
    namespaces: async () =>
      (await query<{ name: string }>('SELECT name FROM namespaces ORDER BY name')).map(({ name }) => name),
    definitions: async (namespace) =>
      (
        await query<{ thing: Definition['thing']; name: string; body: string }>(
          'SELECT thing, name, body FROM definitions WHERE namespace = $1 ORDER BY seq',
          [namespace],
        )
      ).map((row) => ({ ...row, body: JSON.parse(row.body) })),
    events: (namespace, { after = 0, limit }) =>
      events('namespace = $1 AND seq > $2 ORDER BY seq LIMIT $3', [namespace, after, limit]),
    keyedEvents: async (namespace, { after = 0, limit }) =>
      (
        await query<EventRow & { key: string | null }>(
          `SELECT ${EVENT_COLUMNS}, key FROM events WHERE namespace = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
          [namespace, after, limit],
        )
      ).map(({ key, ...row }) => (key === null ? eventOf(row) : { ...eventOf(row), key })),
    eventsOfUser: (namespace, user, { after = 0, limit }) =>
      events('namespace = $1 AND "user" = $2 AND seq > $3 ORDER BY seq LIMIT $4', [namespace, user, after, limit]),
    countEvents: (namespace) =>
      query('SELECT type, count(*) AS events FROM events WHERE namespace = $1 GROUP BY type ORDER BY type', [
        namespace,
      ]),
    countEventsOfUser: async (namespace, user) =>
      (await one<{ n: number }>('SELECT count(*) AS n FROM events WHERE namespace = $1 AND "user" = $2', [
        namespace,
        user,
      ]))!.n,
    itemsOfEvents: async (namespace) =>
      (await query<{ item: string }>('SELECT DISTINCT item FROM events WHERE namespace = $1', [namespace])).map(
        ({ item }) => item,
      ),
    eventsOfAnswers: (namespace, { after = 0, limit }) =>
      events('namespace = $1 AND seq > $2 AND recomm_id IS NOT NULL ORDER BY seq LIMIT $3', [namespace, after, limit]),
    questions: (namespace, scenario, run, { after = '', limit }) =>
      query(
        `SELECT "user", questions FROM questions
         WHERE namespace = $1 AND scenario = $2 AND run = $3 AND "user" > $4 ORDER BY "user" LIMIT $5`,
        [namespace, scenario, run, after, limit],
      ),
    items: (namespace, { after = '', limit }) =>
      items('namespace = $1 AND item > $2 ORDER BY item LIMIT $3', [namespace, after, limit]),
    itemsSince: (namespace, after) => items('namespace = $1 AND seq > $2 ORDER BY seq, item', [namespace, after]),
    user: async (namespace, user) => {
      const row = await one<{ properties: string }>(
        'SELECT properties FROM users WHERE namespace = $1 AND "user" = $2',
        [namespace, user],
      );
      if (row !== undefined) return { user, properties: JSON.parse(row.properties) };
      const event = await one(
        `SELECT 1 FROM events WHERE namespace = $1 AND "user" = $2
         UNION ALL SELECT 1 FROM questions WHERE namespace = $1 AND "user" = $2 LIMIT 1`,
        [namespace, user],
      );
      return event === undefined ? undefined : { user, properties: {} };
    },
    users: async (namespace, { after = '', limit }) =>
      (
        await query<{ user: string }>(
          `SELECT "user" FROM users WHERE namespace = $1 AND "user" > $2
           UNION SELECT "user" FROM events WHERE namespace = $1 AND "user" > $2 ORDER BY "user" LIMIT $3`,
          [namespace, after, limit],
        )
      ).map(({ user }) => user),
    vectors: (namespace, index, { after = 0, limit }) =>
      vectors('namespace = $1 AND index_name = $2 AND place > $3 ORDER BY place LIMIT $4', [
        namespace,
        index,
        after,
        limit,
      ]),
    vectorsSince: (namespace, index, after) =>
      vectors('namespace = $1 AND index_name = $2 AND seq > $3 ORDER BY place', [namespace, index, after]),
    versions: (namespace, model) =>
      query<ModelVersion>(
        `SELECT version, as_of AS "asOf", trained_at AS "trainedAt", length(file) AS bytes, digest, active
         FROM versions WHERE namespace = $1 AND model = $2 ORDER BY version`,
        [namespace, model],
      ),
    file: async (namespace, model, version) => {
      const row = await one<{ file: Uint8Array }>(
        'SELECT file FROM versions WHERE namespace = $1 AND model = $2 AND version = $3',
        [namespace, model, version],
      );
      return row && new Uint8Array(row.file);
    },
    keys: async () =>
      (
        await query<{
          id: string;
          hash: Uint8Array;
          scopes: string;
          namespaces: string | null;
          expires: number | null;
        }>('SELECT id, hash, scopes, namespaces, expires FROM keys ORDER BY id')
      ).map(
        (row): StoredKey => ({
          ...row,
          hash: new Uint8Array(row.hash),
          scopes: JSON.parse(row.scopes),
          namespaces: row.namespaces === null ? null : JSON.parse(row.namespaces),
        }),
      ),
  };
}
