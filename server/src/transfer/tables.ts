/** The tables that are exported and imported, each a file of its own: how a row looks, and where rows are read. */
import { z } from 'zod';
import { EventInput, ItemInput, UserInput } from '../schema/behaviour.js';
import { Id, Name, Time } from '../schema/common.js';
import { VectorsInput } from '../schema/indexes.js';
import type { Store } from '../store/contract.js';

const PAGE = 5000;
const OfNamespace = { namespace: Name.optional() };

/** Rows as they are imported. A row without a namespace goes where the command says. */
export const ROWS = {
  definitions: z.strictObject({
    ...OfNamespace,
    thing: z.enum(['model', 'scenario', 'index']),
    name: Name,
    body: z.record(z.string(), z.unknown()),
  }),
  vectors: z.strictObject({ ...OfNamespace, index: Name, ...VectorsInput.shape.vectors.element.shape }),
  items: ItemInput.extend({ ...OfNamespace, item: Id }),
  users: UserInput.extend({ ...OfNamespace, user: Id }),
  events: EventInput.extend({ ...OfNamespace, time: Time.optional() }).refine(
    ({ key, time }) => key !== undefined || time !== undefined,
    'an event needs a time or a key: without both it would count anew at every import',
  ),
} as const;
export type TableName = keyof typeof ROWS;
export type RowOf<Table extends TableName> = z.output<(typeof ROWS)[Table]>;
export const TABLES = Object.keys(ROWS) as TableName[];

export type Plain = Readonly<Record<string, unknown>>;
type Column = 'STRING' | 'JSON' | 'DOUBLE' | 'INT64' | 'BOOLEAN' | 'FLOATS';

/** Columns of Parquet, and the order of names in JSON Lines. */
export const COLUMNS: { readonly [Table in TableName]: Readonly<Record<string, Column>> } = {
  definitions: { namespace: 'STRING', thing: 'STRING', name: 'STRING', body: 'JSON' },
  vectors: { namespace: 'STRING', index: 'STRING', id: 'STRING', vector: 'FLOATS', properties: 'JSON' },
  items: { namespace: 'STRING', item: 'STRING', properties: 'JSON', hidden: 'BOOLEAN', expires: 'INT64' },
  users: { namespace: 'STRING', user: 'STRING', properties: 'JSON' },
  events: {
    namespace: 'STRING',
    user: 'STRING',
    item: 'STRING',
    type: 'STRING',
    value: 'DOUBLE',
    time: 'INT64',
    recommId: 'STRING',
    key: 'STRING',
  },
};

/** All rows of a table, some thousand at a time. */
export async function* rowsOf(store: Store, table: TableName, namespace: string): AsyncGenerator<Plain[]> {
  if (table === 'definitions') yield (await store.definitions(namespace)).map((row) => ({ namespace, ...row }));
  if (table === 'vectors') {
    for (const { thing, name: index } of await store.definitions(namespace)) {
      if (thing !== 'index') continue;
      yield* stretches(
        (after: number | undefined) => store.vectors(namespace, index, { after, limit: PAGE }),
        ({ place }) => place,
        ({ place: _, ...row }) => ({ namespace, index, ...row }),
      );
    }
  }
  if (table === 'items') {
    yield* stretches(
      (after: string | undefined) => store.items(namespace, { after, limit: PAGE }),
      ({ item }) => item,
      (row) => ({ namespace, ...row }),
    );
  }
  if (table === 'users') {
    const read = async (after: string | undefined) => {
      const ids = await store.users(namespace, { after, limit: PAGE });
      return Promise.all(ids.map(async (user) => (await store.user(namespace, user)) ?? { user, properties: {} }));
    };
    yield* stretches(
      read,
      ({ user }) => user,
      (row) => ({ namespace, ...row }),
    );
  }
  if (table === 'events') {
    yield* stretches(
      (after: number | undefined) => store.keyedEvents(namespace, { after, limit: PAGE }),
      ({ seq }) => seq,
      ({ seq: _, ...row }) => ({ namespace, ...row }),
    );
  }
}

async function* stretches<Row, Key>(
  read: (after: Key | undefined) => Promise<Row[]>,
  keyOf: (row: Row) => Key,
  plain: (row: Row) => Plain,
): AsyncGenerator<Plain[]> {
  let after: Key | undefined;
  for (;;) {
    const rows = await read(after);
    if (rows.length > 0) yield rows.map(plain);
    if (rows.length < PAGE) return;
    after = keyOf(rows[rows.length - 1]);
  }
}
