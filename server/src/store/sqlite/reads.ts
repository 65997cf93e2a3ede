/** What a store is asked, as statements of SQL. */
import type { AskedQuestions, Definition, ModelVersion, Reads, StoredItem, StoredKey } from '../contract.js';
import { EVENT_COLUMNS, type EventRow, eventOf, type Prepare, vectorOf } from './tables.js';

type Row = Record<string, never>;

export function readsOf(prepare: Prepare): Reads {
  const all = <T>(sql: string, ...values: unknown[]) => prepare(sql).all(...values) as T[];
  return {
    latest: () => (prepare('SELECT last FROM sequence').get() as { last: number }).last,
    namespaces: () => all<{ name: string }>('SELECT name FROM namespaces ORDER BY name').map(({ name }) => name),
    definitions: (namespace) =>
      all<{ thing: Definition['thing']; name: string; body: string }>(
        'SELECT thing, name, body FROM definitions WHERE namespace = ? ORDER BY seq',
        namespace,
      ).map((row) => ({ ...row, body: JSON.parse(row.body) })),
    events: (namespace, { after = 0, limit }) =>
      all<EventRow>(
        `SELECT ${EVENT_COLUMNS} FROM events WHERE seq > ? AND namespace = ? ORDER BY seq LIMIT ?`,
        after,
        namespace,
        limit,
      ).map(eventOf),
    keyedEvents: (namespace, { after = 0, limit }) =>
      all<EventRow & { key: string | null }>(
        `SELECT ${EVENT_COLUMNS}, key FROM events WHERE seq > ? AND namespace = ? ORDER BY seq LIMIT ?`,
        after,
        namespace,
        limit,
      ).map(({ key, ...row }) => (key === null ? eventOf(row) : { ...eventOf(row), key })),
    eventsOfUser: (namespace, user, { after = 0, limit }) =>
      all<EventRow>(
        `SELECT ${EVENT_COLUMNS} FROM events WHERE namespace = ? AND user = ? AND seq > ? ORDER BY seq LIMIT ?`,
        namespace,
        user,
        after,
        limit,
      ).map(eventOf),
    countEvents: (namespace) =>
      all('SELECT type, count(*) AS events FROM events WHERE namespace = ? GROUP BY type ORDER BY type', namespace),
    countEventsOfUser: (namespace, user) =>
      (
        prepare('SELECT count(*) AS n FROM events WHERE namespace = ? AND user = ?').get(namespace, user) as {
          n: number;
        }
      ).n,
    itemsOfEvents: (namespace) =>
      all<{ item: string }>('SELECT DISTINCT item FROM events WHERE namespace = ?', namespace).map(({ item }) => item),
    eventsOfAnswers: (namespace, { after = 0, limit }) =>
      all<EventRow>(
        `SELECT ${EVENT_COLUMNS} FROM events WHERE namespace = ? AND seq > ? AND recomm_id IS NOT NULL
         ORDER BY seq LIMIT ?`,
        namespace,
        after,
        limit,
      ).map(eventOf),
    questions: (namespace, scenario, run, { after = '', limit }) =>
      all<AskedQuestions>(
        `SELECT user, questions FROM questions WHERE namespace = ? AND scenario = ? AND run = ? AND user > ?
         ORDER BY user LIMIT ?`,
        namespace,
        scenario,
        run,
        after,
        limit,
      ),
    items: (namespace, { after = '', limit }) =>
      all<{ item: string; properties: string; hidden: number; expires: number | null }>(
        'SELECT item, properties, hidden, expires FROM items WHERE namespace = ? AND item > ? ORDER BY item LIMIT ?',
        namespace,
        after,
        limit,
      ).map((row): StoredItem => ({ ...row, properties: JSON.parse(row.properties), hidden: row.hidden === 1 })),
    user: (namespace, user) => {
      const row = prepare('SELECT properties FROM users WHERE namespace = ? AND user = ?').get(namespace, user);
      if (row !== undefined) return { user, properties: JSON.parse((row as { properties: string }).properties) };
      const event = prepare(
        `SELECT 1 FROM events WHERE namespace = ?1 AND user = ?2
         UNION ALL SELECT 1 FROM questions WHERE namespace = ?1 AND user = ?2 LIMIT 1`,
      ).get(namespace, user);
      return event === undefined ? undefined : { user, properties: {} };
    },
    users: (namespace, { after = '', limit }) =>
      all<{ user: string }>(
        `SELECT user FROM users WHERE namespace = ?1 AND user > ?2
         UNION SELECT user FROM events WHERE namespace = ?1 AND user > ?2 ORDER BY user LIMIT ?3`,
        namespace,
        after,
        limit,
      ).map(({ user }) => user),
    vectors: (namespace, index, { after = 0, limit }) =>
      all<{ place: number; id: string; vector: Uint8Array; properties: string }>(
        `SELECT place, id, vector, properties FROM vectors
         WHERE namespace = ? AND index_name = ? AND place > ? ORDER BY place LIMIT ?`,
        namespace,
        index,
        after,
        limit,
      ).map((row) => ({ ...row, vector: vectorOf(row.vector), properties: JSON.parse(row.properties) })),
    versions: (namespace, model) =>
      all<Row & { active: number }>(
        `SELECT version, as_of AS asOf, trained_at AS trainedAt, length(file) AS bytes, digest, active FROM versions
         WHERE namespace = ? AND model = ? ORDER BY version`,
        namespace,
        model,
      ).map((row): ModelVersion => ({ ...(row as unknown as ModelVersion), active: row.active === 1 })),
    file: (namespace, model, version) => {
      const row = prepare('SELECT file FROM versions WHERE namespace = ? AND model = ? AND version = ?').get(
        namespace,
        model,
        version,
      );
      return (row as { file: Uint8Array } | undefined)?.file;
    },
    keys: () =>
      all<{ id: string; hash: Uint8Array; scopes: string; namespaces: string | null; expires: number | null }>(
        'SELECT id, hash, scopes, namespaces, expires FROM keys ORDER BY id',
      ).map(
        (row): StoredKey => ({
          ...row,
          scopes: JSON.parse(row.scopes),
          namespaces: row.namespaces === null ? null : JSON.parse(row.namespaces),
        }),
      ),
  };
}
