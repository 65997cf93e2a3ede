/** What each change does to the tables. All runs inside of a transaction that somebody else began. */
import { createHash } from 'node:crypto';
import { Refusal } from '../../errors.js';
import type { StoredEvent } from '../../schema/behaviour.js';
import type { Change, OutcomeOf, Snapshot } from '../contract.js';
import { bytesOf, type Prepare } from './tables.js';

/** Gives the next number of the store. */
type Next = () => number;
type Of<Kind extends Change['kind']> = Extract<Change, { kind: Kind }>;
type Writers = { readonly [Kind in Change['kind']]: (change: Of<Kind>, next: Next) => OutcomeOf<Kind> };

/** Tables whose rows belong to a namespace. */
const OF_NAMESPACES = ['events', 'items', 'users', 'definitions', 'vectors', 'versions', 'questions'];

export function writersOf(prepare: Prepare): Writers {
  const run = (sql: string, ...values: unknown[]) => Number(prepare(sql).run(...values).changes);
  const audit = (seq: number, what: string, namespace?: string, subject?: string, by?: string) =>
    run(
      'INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?)',
      seq,
      Date.now(),
      namespace ?? null,
      what,
      subject ?? null,
      by ?? null,
    );
  const replaceFile = ({ model, version, asOf, digest, file }: Snapshot, namespace: string) =>
    run(
      'UPDATE versions SET as_of = ?, digest = ?, file = ? WHERE namespace = ? AND model = ? AND version = ?',
      asOf,
      digest,
      file,
      namespace,
      model,
      version,
    );
  const activate = (namespace: string, model: string, version: number) =>
    run('UPDATE versions SET active = (version = ?) WHERE namespace = ? AND model = ?', version, namespace, model);

  return {
    'put-namespace': ({ namespace }, next) => {
      const seq = next();
      run('INSERT INTO namespaces VALUES (?, ?) ON CONFLICT DO NOTHING', namespace, seq);
      return { seq };
    },
    'delete-namespace': ({ namespace }, next) => {
      const seq = next();
      for (const table of OF_NAMESPACES) run(`DELETE FROM ${table} WHERE namespace = ?`, namespace);
      run('DELETE FROM namespaces WHERE name = ?', namespace);
      audit(seq, 'delete namespace', namespace);
      return { seq };
    },
    'add-events': ({ namespace, events }, next) => {
      const insert = prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
      const known = prepare('SELECT 1 FROM events WHERE namespace = ? AND key = ?');
      const added: StoredEvent[] = [];
      let seq = 0;
      for (const { key, ...event } of events) {
        if (key !== undefined && known.get(namespace, key) !== undefined) continue;
        seq = next();
        const { user, item, type, value, time, recommId = null } = event;
        insert.run(seq, namespace, user, item, type, value, time, recommId, key ?? null);
        added.push({ ...event, seq });
      }
      // All of them known: the answer still names a write that holds them.
      return { seq: seq || (prepare('SELECT last FROM sequence').get() as { last: number }).last, events: added };
    },
    'put-items': ({ namespace, items }, next) => {
      const seq = next();
      const put = prepare(
        `INSERT INTO items VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
         SET properties = excluded.properties, hidden = excluded.hidden, expires = excluded.expires, seq = excluded.seq`,
      );
      for (const { item, properties, hidden, expires } of items) {
        put.run(namespace, item, JSON.stringify(properties), hidden ? 1 : 0, expires, seq);
      }
      return { seq };
    },
    'put-user': ({ namespace, user, properties }, next) => {
      const seq = next();
      run(
        'INSERT INTO users VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET properties = excluded.properties, seq = excluded.seq',
        namespace,
        user,
        JSON.stringify(properties),
        seq,
      );
      return { seq };
    },
    forget: ({ namespace, side, id, by, snapshots }, next) => {
      const seq = next();
      const events = run(`DELETE FROM events WHERE namespace = ? AND ${side} = ?`, namespace, id);
      run(`DELETE FROM ${side}s WHERE namespace = ? AND ${side} = ?`, namespace, id);
      if (side === 'user') run('DELETE FROM questions WHERE namespace = ? AND user = ?', namespace, id);
      for (const snapshot of snapshots) {
        run(
          'DELETE FROM versions WHERE namespace = ? AND model = ? AND version <> ?',
          namespace,
          snapshot.model,
          snapshot.version,
        );
        replaceFile(snapshot, namespace);
      }
      audit(seq, `forget ${side}`, namespace, createHash('sha256').update(id).digest('hex'), by);
      return { seq, events };
    },
    define: ({ namespace, thing, name, body }, next) => {
      const seq = next();
      run(
        'INSERT INTO definitions VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body',
        namespace,
        thing,
        name,
        JSON.stringify(body),
        seq,
      );
      return { seq };
    },
    undefine: ({ namespace, thing, name }, next) => {
      const seq = next();
      run('DELETE FROM definitions WHERE namespace = ? AND thing = ? AND name = ?', namespace, thing, name);
      if (thing === 'model') run('DELETE FROM versions WHERE namespace = ? AND model = ?', namespace, name);
      if (thing === 'index') run('DELETE FROM vectors WHERE namespace = ? AND index_name = ?', namespace, name);
      if (thing === 'scenario') run('DELETE FROM questions WHERE namespace = ? AND scenario = ?', namespace, name);
      audit(seq, `delete ${thing}`, namespace, name);
      return { seq };
    },
    'count-questions': ({ namespace, scenario, run: name, counts }, next) => {
      const seq = next();
      const count = prepare(
        `INSERT INTO questions VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
         SET questions = questions + excluded.questions`,
      );
      for (const { user, questions } of counts) count.run(namespace, scenario, name, user, questions);
      return { seq };
    },
    'put-vectors': ({ namespace, index, rows }, next) => {
      // A row that is there keeps its place.
      const put = prepare(
        `INSERT INTO vectors VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (namespace, index_name, id) DO UPDATE
         SET vector = excluded.vector, properties = excluded.properties, seq = excluded.seq`,
      );
      let seq = 0;
      for (const { id, vector, properties } of rows) {
        seq = next();
        put.run(seq, namespace, index, id, bytesOf(vector), JSON.stringify(properties), seq);
      }
      return { seq };
    },
    'delete-vectors': ({ namespace, index, ids }, next) => {
      const seq = next();
      const gone = ids.filter(
        (id) => run('DELETE FROM vectors WHERE namespace = ? AND index_name = ? AND id = ?', namespace, index, id) > 0,
      );
      return { seq, ids: gone };
    },
    'add-version': ({ namespace, model, asOf, digest, file, trainedAt, keep }, next) => {
      const seq = next();
      const last = prepare('SELECT max(version) AS last FROM versions WHERE namespace = ? AND model = ?');
      const version = ((last.get(namespace, model) as { last: number | null }).last ?? 0) + 1;
      run(
        'INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, 0, ?)',
        namespace,
        model,
        version,
        asOf,
        trainedAt,
        digest,
        file,
      );
      activate(namespace, model, version);
      run('DELETE FROM versions WHERE namespace = ? AND model = ? AND version <= ?', namespace, model, version - keep);
      return { seq, version };
    },
    'save-version': ({ namespace, kind: _, ...snapshot }, next) => {
      const seq = next();
      replaceFile(snapshot, namespace);
      return { seq };
    },
    'activate-version': ({ namespace, model, version }, next) => {
      const seq = next();
      const there = prepare('SELECT 1 FROM versions WHERE namespace = ? AND model = ? AND version = ?');
      if (there.get(namespace, model, version) === undefined) {
        throw new Refusal('UNKNOWN_NAME', `The model ${JSON.stringify(model)} has no version ${version}.`);
      }
      activate(namespace, model, version);
      audit(seq, 'roll back model', namespace, `${model} to ${version}`);
      return { seq };
    },
    'put-key': ({ id, hash, scopes, namespaces, expires }, next) => {
      const seq = next();
      const [scopeText, namespaceText] = [JSON.stringify(scopes), namespaces && JSON.stringify(namespaces)];
      run('INSERT INTO keys VALUES (?, ?, ?, ?, ?)', id, hash, scopeText, namespaceText, expires);
      audit(seq, 'make key', undefined, id);
      return { seq };
    },
    'delete-key': ({ id }, next) => {
      const seq = next();
      run('DELETE FROM keys WHERE id = ?', id);
      audit(seq, 'delete key', undefined, id);
      return { seq };
    },
  };
}
