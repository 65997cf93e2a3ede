/** The tables, version by version. A released entry never changes: later ones alter what it made. */
import type { ClientBase } from 'pg';
import { Refusal } from '../../errors.js';

export const MIGRATIONS: readonly string[] = [
  // Texts compare by their bytes, as in SQLite. `changes` is what processes tell each other, for an hour.
  `
  CREATE TABLE sequence (one INTEGER PRIMARY KEY CHECK (one = 1), last BIGINT NOT NULL, pruned BIGINT NOT NULL);
  INSERT INTO sequence VALUES (1, 0, 0);
  CREATE TABLE changes (
    seq BIGINT PRIMARY KEY, first BIGINT NOT NULL, at TIMESTAMPTZ NOT NULL DEFAULT now(),
    kind TEXT NOT NULL, namespace TEXT COLLATE "C", model TEXT COLLATE "C", body TEXT NOT NULL
  );
  CREATE TABLE namespaces (name TEXT COLLATE "C" PRIMARY KEY, seq BIGINT NOT NULL);
  CREATE TABLE events (
    seq BIGINT PRIMARY KEY, namespace TEXT COLLATE "C" NOT NULL, "user" TEXT COLLATE "C" NOT NULL,
    item TEXT COLLATE "C" NOT NULL, type TEXT COLLATE "C" NOT NULL,
    value DOUBLE PRECISION NOT NULL CHECK (value <> 'NaN'), time BIGINT NOT NULL, recomm_id TEXT,
    key TEXT COLLATE "C"
  );
  CREATE INDEX events_of_user ON events (namespace, "user", seq);
  CREATE INDEX events_of_item ON events (namespace, item, seq);
  CREATE INDEX events_in_order ON events (namespace, seq);
  CREATE UNIQUE INDEX events_by_key ON events (namespace, key) WHERE key IS NOT NULL;
  CREATE TABLE items (
    namespace TEXT COLLATE "C" NOT NULL, item TEXT COLLATE "C" NOT NULL, properties TEXT NOT NULL,
    hidden BOOLEAN NOT NULL, expires BIGINT, seq BIGINT NOT NULL, PRIMARY KEY (namespace, item)
  );
  CREATE INDEX items_by_seq ON items (namespace, seq);
  CREATE TABLE users (
    namespace TEXT COLLATE "C" NOT NULL, "user" TEXT COLLATE "C" NOT NULL, properties TEXT NOT NULL,
    seq BIGINT NOT NULL, PRIMARY KEY (namespace, "user")
  );
  CREATE TABLE definitions (
    namespace TEXT COLLATE "C" NOT NULL, thing TEXT NOT NULL, name TEXT COLLATE "C" NOT NULL, body TEXT NOT NULL,
    seq BIGINT NOT NULL, PRIMARY KEY (namespace, thing, name)
  );
  CREATE TABLE vectors (
    place BIGINT PRIMARY KEY, namespace TEXT COLLATE "C" NOT NULL, index_name TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL, vector BYTEA NOT NULL, properties TEXT NOT NULL, seq BIGINT NOT NULL,
    UNIQUE (namespace, index_name, id)
  );
  CREATE INDEX vectors_in_order ON vectors (namespace, index_name, place);
  CREATE INDEX vectors_by_seq ON vectors (namespace, index_name, seq);
  CREATE TABLE versions (
    namespace TEXT COLLATE "C" NOT NULL, model TEXT COLLATE "C" NOT NULL, version INTEGER NOT NULL,
    as_of BIGINT NOT NULL, trained_at BIGINT NOT NULL, digest TEXT NOT NULL, active BOOLEAN NOT NULL,
    file BYTEA NOT NULL, UNIQUE (namespace, model, version)
  );
  CREATE TABLE keys (
    id TEXT COLLATE "C" PRIMARY KEY, hash BYTEA NOT NULL, scopes TEXT NOT NULL, namespaces TEXT, expires BIGINT
  );
  CREATE TABLE audit (
    seq BIGINT PRIMARY KEY, at BIGINT NOT NULL, namespace TEXT, what TEXT NOT NULL, subject TEXT, by TEXT
  );
  `,
  `
  CREATE TABLE questions (
    namespace TEXT COLLATE "C" NOT NULL, scenario TEXT COLLATE "C" NOT NULL, run TEXT COLLATE "C" NOT NULL,
    "user" TEXT COLLATE "C" NOT NULL, questions BIGINT NOT NULL, PRIMARY KEY (namespace, scenario, run, "user")
  );
  CREATE INDEX questions_of_user ON questions (namespace, "user");
  CREATE INDEX events_of_answers ON events (namespace, seq) WHERE recomm_id IS NOT NULL;
  `,
];

/**
 * Brings a database to the newest version, while other processes that start wait.
 * @throws Refusal UNAVAILABLE for one of a newer kindred-server, or of another encoding
 */
export async function migrate(client: ClientBase, to = MIGRATIONS.length): Promise<void> {
  const { rows } = await client.query<{ server_encoding: string }>('SHOW server_encoding');
  if (rows[0].server_encoding !== 'UTF8') {
    throw new Refusal('UNAVAILABLE', `The database is encoded as ${rows[0].server_encoding}, and must be UTF8.`);
  }
  await client.query("BEGIN; SELECT pg_advisory_xact_lock(hashtext('kindred ' || current_schema))");
  try {
    await client.query('CREATE TABLE IF NOT EXISTS kindred_version (version INTEGER NOT NULL)');
    const known = await client.query<{ version: number }>('SELECT version FROM kindred_version');
    const version = known.rows[0]?.version ?? 0;
    if (known.rows.length === 0) await client.query('INSERT INTO kindred_version VALUES (0)');
    if (version > MIGRATIONS.length) {
      const message = `The store has version ${version}, and this kindred-server knows versions up to ${MIGRATIONS.length}: install a newer one.`;
      throw new Refusal('UNAVAILABLE', message);
    }
    for (let next = version; next < to; next++) await client.query(MIGRATIONS[next]);
    await client.query('UPDATE kindred_version SET version = $1', [Math.max(version, to)]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}
