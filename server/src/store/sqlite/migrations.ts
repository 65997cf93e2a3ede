/** The tables, version by version. A released entry never changes: later ones alter what it made. */
import { Refusal } from '../../errors.js';
import type { Database } from './driver.js';

export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE sequence (one INTEGER PRIMARY KEY CHECK (one = 1), last INTEGER NOT NULL) STRICT;
  INSERT INTO sequence VALUES (1, 0);
  CREATE TABLE namespaces (name TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY, namespace TEXT NOT NULL, user TEXT NOT NULL, item TEXT NOT NULL, type TEXT NOT NULL,
    value REAL NOT NULL, time INTEGER NOT NULL, recomm_id TEXT, key TEXT
  ) STRICT;
  CREATE INDEX events_of_user ON events (namespace, user, seq);
  CREATE INDEX events_of_item ON events (namespace, item, seq);
  CREATE UNIQUE INDEX events_by_key ON events (namespace, key) WHERE key IS NOT NULL;
  CREATE TABLE items (
    namespace TEXT NOT NULL, item TEXT NOT NULL, properties TEXT NOT NULL, hidden INTEGER NOT NULL, expires INTEGER,
    seq INTEGER NOT NULL, PRIMARY KEY (namespace, item)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE users (
    namespace TEXT NOT NULL, user TEXT NOT NULL, properties TEXT NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (namespace, user)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE definitions (
    namespace TEXT NOT NULL, thing TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (namespace, thing, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE vectors (
    place INTEGER PRIMARY KEY, namespace TEXT NOT NULL, index_name TEXT NOT NULL, id TEXT NOT NULL,
    vector BLOB NOT NULL, properties TEXT NOT NULL, seq INTEGER NOT NULL, UNIQUE (namespace, index_name, id)
  ) STRICT;
  CREATE INDEX vectors_in_order ON vectors (namespace, index_name, place);
  CREATE TABLE versions (
    namespace TEXT NOT NULL, model TEXT NOT NULL, version INTEGER NOT NULL, as_of INTEGER NOT NULL,
    trained_at INTEGER NOT NULL, digest TEXT NOT NULL, active INTEGER NOT NULL, file BLOB NOT NULL,
    UNIQUE (namespace, model, version)
  ) STRICT;
  CREATE TABLE keys (
    id TEXT PRIMARY KEY, hash BLOB NOT NULL, scopes TEXT NOT NULL, namespaces TEXT, expires INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, namespace TEXT, what TEXT NOT NULL, subject TEXT, by TEXT
  ) STRICT;
  `,
  `
  CREATE TABLE questions (
    namespace TEXT NOT NULL, scenario TEXT NOT NULL, run TEXT NOT NULL, user TEXT NOT NULL,
    questions INTEGER NOT NULL, PRIMARY KEY (namespace, scenario, run, user)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX questions_of_user ON questions (namespace, user);
  CREATE INDEX events_of_answers ON events (namespace, seq) WHERE recomm_id IS NOT NULL;
  `,
];

/** Brings a database to the newest version. @throws Refusal UNAVAILABLE for one of a newer kindred-server */
export function migrate(database: Database, to = MIGRATIONS.length): void {
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version > MIGRATIONS.length) {
    const message = `The store has version ${version}, and this kindred-server knows versions up to ${MIGRATIONS.length}: install a newer one.`;
    throw new Refusal('UNAVAILABLE', message);
  }
  for (let next = version; next < to; next++) {
    database.exec(`BEGIN IMMEDIATE; ${MIGRATIONS[next]}; PRAGMA user_version = ${next + 1}; COMMIT`);
  }
}
