/** What each change does to the tables. All runs inside of a transaction that holds the sequence. */
import { createHash } from 'node:crypto';
import { Refusal } from '../../errors.js';
import type { StoredEvent } from '../../schema/behaviour.js';
import type { Change, OutcomeOf, Snapshot } from '../contract.js';
import type { Query } from './reads.js';
import { bytesOf } from './rows.js';

/** Gives the next number of the store. */
type Next = () => number;
type Of<Kind extends Change['kind']> = Extract<Change, { kind: Kind }>;
/** Events come many at a time: `addEvents`. */
export type Single = Exclude<Change, { kind: 'add-events' }>;
type Writers = { readonly [Kind in Single['kind']]: (change: Of<Kind>, next: Next) => Promise<OutcomeOf<Kind>> };

/** Tables whose rows belong to a namespace. */
const OF_NAMESPACES = ['events', 'items', 'users', 'definitions', 'vectors', 'versions', 'questions'];

export function writersOf(query: Query): Writers {
  const count = async (sql: string, values: unknown[]) =>
    (await query<{ n: number }>(`WITH gone AS (${sql} RETURNING 1) SELECT count(*) AS n FROM gone`, values))[0].n;
  const audit = (seq: number, what: string, namespace?: string, subject?: string, by?: string) =>
    query('INSERT INTO audit VALUES ($1, $2, $3, $4, $5, $6)', [seq, Date.now(), namespace, what, subject, by]);
  const replaceFile = ({ model, version, asOf, digest, file }: Snapshot, namespace: string) =>
    query(
      'UPDATE versions SET as_of = $1, digest = $2, file = $3 WHERE namespace = $4 AND model = $5 AND version = $6',
      [asOf, digest, bytesOf(file), namespace, model, version],
    );
  const activate = (namespace: string, model: string, version: number) =>
    query('UPDATE versions SET active = (version = $1) WHERE namespace = $2 AND model = $3', [
      version,
      namespace,
      model,
    ]);

  return {
    'put-namespace': async ({ namespace }, next) => {
      const seq = next();
      await query('INSERT INTO namespaces VALUES ($1, $2) ON CONFLICT DO NOTHING', [namespace, seq]);
      return { seq };
    },
    'delete-namespace': async ({ namespace }, next) => {
      const seq = next();
      for (const table of OF_NAMESPACES) await query(`DELETE FROM ${table} WHERE namespace = $1`, [namespace]);
      await query('DELETE FROM namespaces WHERE name = $1', [namespace]);
      await audit(seq, 'delete namespace', namespace);
      return { seq };
    },
    'put-items': async ({ namespace, items }, next) => {
      const seq = next();
      // Of an item that is named twice, the last counts.
      const last = [...new Map(items.map((each) => [each.item, each])).values()];
      await query(
        `INSERT INTO items SELECT $1, item, properties, hidden, expires, $2
         FROM unnest($3::text[], $4::text[], $5::boolean[], $6::bigint[]) AS given (item, properties, hidden, expires)
         ON CONFLICT (namespace, item) DO UPDATE SET properties = excluded.properties, hidden = excluded.hidden,
         expires = excluded.expires, seq = excluded.seq`,
        [
          namespace,
          seq,
          last.map(({ item }) => item),
          last.map(({ properties }) => JSON.stringify(properties)),
          last.map(({ hidden }) => hidden),
          last.map(({ expires }) => expires),
        ],
      );
      return { seq };
    },
    'put-user': async ({ namespace, user, properties }, next) => {
      const seq = next();
      await query(
        `INSERT INTO users VALUES ($1, $2, $3, $4)
         ON CONFLICT (namespace, "user") DO UPDATE SET properties = excluded.properties, seq = excluded.seq`,
        [namespace, user, JSON.stringify(properties), seq],
      );
      return { seq };
    },
    forget: async ({ namespace, side, id, by, snapshots }, next) => {
      const seq = next();
      const events = await count(`DELETE FROM events WHERE namespace = $1 AND "${side}" = $2`, [namespace, id]);
      await query(`DELETE FROM ${side}s WHERE namespace = $1 AND "${side}" = $2`, [namespace, id]);
      if (side === 'user') await query('DELETE FROM questions WHERE namespace = $1 AND "user" = $2', [namespace, id]);
      for (const snapshot of snapshots) {
        const { model, version } = snapshot;
        await query('DELETE FROM versions WHERE namespace = $1 AND model = $2 AND version <> $3', [
          namespace,
          model,
          version,
        ]);
        await replaceFile(snapshot, namespace);
      }
      await audit(seq, `forget ${side}`, namespace, createHash('sha256').update(id).digest('hex'), by);
      return { seq, events };
    },
    define: async ({ namespace, thing, name, body }, next) => {
      const seq = next();
      await query(
        `INSERT INTO definitions VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (namespace, thing, name) DO UPDATE SET body = excluded.body`,
        [namespace, thing, name, JSON.stringify(body), seq],
      );
      return { seq };
    },
    undefine: async ({ namespace, thing, name }, next) => {
      const seq = next();
      const values = [namespace, name];
      await query('DELETE FROM definitions WHERE namespace = $1 AND name = $2 AND thing = $3', [...values, thing]);
      if (thing === 'model') await query('DELETE FROM versions WHERE namespace = $1 AND model = $2', values);
      if (thing === 'index') await query('DELETE FROM vectors WHERE namespace = $1 AND index_name = $2', values);
      if (thing === 'scenario') await query('DELETE FROM questions WHERE namespace = $1 AND scenario = $2', values);
      await audit(seq, `delete ${thing}`, namespace, name);
      return { seq };
    },
    'count-questions': async ({ namespace, scenario, run, counts }, next) => {
      const seq = next();
      const sums = new Map<string, number>();
      for (const { user, questions } of counts) sums.set(user, (sums.get(user) ?? 0) + questions);
      await query(
        `INSERT INTO questions SELECT $1, $2, $3, "user", n FROM unnest($4::text[], $5::bigint[]) AS given ("user", n)
         ON CONFLICT (namespace, scenario, run, "user")
         DO UPDATE SET questions = questions.questions + excluded.questions`,
        [namespace, scenario, run, [...sums.keys()], [...sums.values()]],
      );
      return { seq };
    },
    'put-vectors': async ({ namespace, index, rows }, next) => {
      const numbered = rows.map((row) => ({ ...row, seq: next() }));
      // A statement cannot put one row twice; of those the last counts, at the place of the first.
      const first = new Map<string, number>();
      for (const { id, seq } of numbered) if (!first.has(id)) first.set(id, seq);
      const last = [...new Map(numbered.map((row) => [row.id, row])).values()];
      // A row that is there keeps its place.
      await query(
        `INSERT INTO vectors SELECT place, $1, $2, id, vector, properties, seq
         FROM unnest($3::bigint[], $4::text[], $5::bytea[], $6::text[], $7::bigint[])
         AS given (place, id, vector, properties, seq)
         ON CONFLICT (namespace, index_name, id) DO UPDATE
         SET vector = excluded.vector, properties = excluded.properties, seq = excluded.seq`,
        [
          namespace,
          index,
          last.map(({ id }) => first.get(id)),
          last.map(({ id }) => id),
          last.map(({ vector }) => bytesOf(vector)),
          last.map(({ properties }) => JSON.stringify(properties)),
          last.map(({ seq }) => seq),
        ],
      );
      return { seq: numbered.at(-1)?.seq ?? 0 };
    },
    'delete-vectors': async ({ namespace, index, ids }, next) => {
      const seq = next();
      const rows = await query<{ id: string }>(
        'DELETE FROM vectors WHERE namespace = $1 AND index_name = $2 AND id = ANY ($3) RETURNING id',
        [namespace, index, ids],
      );
      const gone = new Set(rows.map(({ id }) => id));
      return { seq, ids: [...new Set(ids)].filter((id) => gone.has(id)) };
    },
    'add-version': async ({ namespace, model, asOf, digest, file, trainedAt, keep }, next) => {
      const seq = next();
      const [{ version }] = await query<{ version: number }>(
        'SELECT coalesce(max(version), 0) + 1 AS version FROM versions WHERE namespace = $1 AND model = $2',
        [namespace, model],
      );
      await query('INSERT INTO versions VALUES ($1, $2, $3, $4, $5, $6, false, $7)', [
        namespace,
        model,
        version,
        asOf,
        trainedAt,
        digest,
        bytesOf(file),
      ]);
      await activate(namespace, model, version);
      await query('DELETE FROM versions WHERE namespace = $1 AND model = $2 AND version <= $3', [
        namespace,
        model,
        version - keep,
      ]);
      return { seq, version };
    },
    'save-version': async ({ namespace, kind: _, ...snapshot }, next) => {
      const seq = next();
      await replaceFile(snapshot, namespace);
      return { seq };
    },
    'activate-version': async ({ namespace, model, version }, next) => {
      const seq = next();
      const there = await query('SELECT 1 FROM versions WHERE namespace = $1 AND model = $2 AND version = $3', [
        namespace,
        model,
        version,
      ]);
      if (there.length === 0) {
        throw new Refusal('UNKNOWN_NAME', `The model ${JSON.stringify(model)} has no version ${version}.`);
      }
      await activate(namespace, model, version);
      await audit(seq, 'roll back model', namespace, `${model} to ${version}`);
      return { seq };
    },
    'put-key': async ({ id, hash, scopes, namespaces, expires }, next) => {
      const seq = next();
      const [scopeText, namespaceText] = [JSON.stringify(scopes), namespaces && JSON.stringify(namespaces)];
      await query('INSERT INTO keys VALUES ($1, $2, $3, $4, $5)', [
        id,
        bytesOf(hash),
        scopeText,
        namespaceText,
        expires,
      ]);
      await audit(seq, 'make key', undefined, id);
      return { seq };
    },
    'delete-key': async ({ id }, next) => {
      const seq = next();
      await query('DELETE FROM keys WHERE id = $1', [id]);
      await audit(seq, 'delete key', undefined, id);
      return { seq };
    },
  };
}

export type AddEvents = Of<'add-events'>;

/**
 * Several changes by two statements, so that single events that arrive together cost little more than one.
 * @param last the number before them
 */
export async function addEvents(
  query: Query,
  changes: readonly AddEvents[],
  last: number,
): Promise<OutcomeOf<'add-events'>[]> {
  const known = await knownKeys(query, changes);
  const rows: (StoredEvent & { namespace: string; key: string | undefined })[] = [];
  const outcomes: OutcomeOf<'add-events'>[] = [];
  let seq = last;
  for (const { namespace, events } of changes) {
    const added: StoredEvent[] = [];
    for (const { key, ...event } of events) {
      if (key !== undefined) {
        const name = JSON.stringify([namespace, key]);
        if (known.has(name)) continue;
        known.add(name);
      }
      const stored = { ...event, seq: ++seq };
      added.push(stored);
      rows.push({ ...stored, namespace, key });
    }
    // All of them known: the answer still names a write that holds them.
    outcomes.push({ seq, events: added });
  }
  if (rows.length > 0) await insertEvents(query, rows);
  return outcomes;
}

async function knownKeys(query: Query, changes: readonly AddEvents[]): Promise<Set<string>> {
  const keys = changes.flatMap(({ namespace, events }) =>
    events.flatMap(({ key }) => (key === undefined ? [] : [{ namespace, key }])),
  );
  if (keys.length === 0) return new Set();
  const rows = await query<{ namespace: string; key: string }>(
    `SELECT events.namespace, events.key FROM unnest($1::text[], $2::text[]) AS given (namespace, key)
     JOIN events ON events.namespace = given.namespace AND events.key = given.key`,
    [keys.map(({ namespace }) => namespace), keys.map(({ key }) => key)],
  );
  return new Set(rows.map(({ namespace, key }) => JSON.stringify([namespace, key])));
}

async function insertEvents(
  query: Query,
  rows: readonly (StoredEvent & { namespace: string; key: string | undefined })[],
): Promise<void> {
  await query(
    `INSERT INTO events SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[],
     $6::double precision[], $7::bigint[], $8::text[], $9::text[])`,
    [
      rows.map(({ seq }) => seq),
      rows.map(({ namespace }) => namespace),
      rows.map(({ user }) => user),
      rows.map(({ item }) => item),
      rows.map(({ type }) => type),
      // 0 of both signs is one number, as in SQLite.
      rows.map(({ value }) => (value === 0 ? 0 : value)),
      rows.map(({ time }) => time),
      rows.map(({ recommId }) => recommId),
      rows.map(({ key }) => key),
    ],
  );
}
