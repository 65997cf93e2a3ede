/** Several changes as one transaction: one flush of the disk serves them all. A change that is refused leaves the others. */
import type { Client } from 'pg';
import { Refusal } from '../../errors.js';
import type { Change, News } from '../contract.js';
import { requireBasis } from '../file-writes.js';
import { isOfValues, queryOf } from './connection.js';
import type { Query } from './reads.js';
import { type AddEvents, addEvents, type Single, writersOf } from './writes.js';

/** Names what processes listen to. */
export const CHANNEL = 'kindred';

export interface Written {
  /** Of each change what it gave, or why it was refused. */
  readonly outcomes: readonly (object | Refusal)[];
  /** The last number. */
  readonly after: number;
}

/**
 * Numbers become visible in order, because a transaction holds the row of the sequence from its first number to its end.
 * @param hearUpTo takes in what others wrote before, while nobody can write
 * @throws what the database throws; then nothing of the batch was kept, or all of it where the end was not heard of.
 */
export async function writeBatch(
  client: Client,
  changes: readonly Change[],
  hearUpTo: (last: number) => Promise<void>,
): Promise<Written> {
  const query = queryOf(client);
  await client.query('BEGIN');
  const [{ last: before }] = await query<{ last: number }>('SELECT last FROM sequence FOR UPDATE');
  await hearUpTo(before);
  const outcomes: (object | Refusal)[] = [];
  const news: News[] = [];
  const writers = writersOf(query);
  let last = before;

  /** Tries a step, and takes back what it did where it is refused. */
  const attempt = async <T>(step: () => Promise<T>): Promise<T | Refusal> => {
    await client.query('SAVEPOINT change');
    try {
      const value = await step();
      await client.query('RELEASE change');
      return value;
    } catch (error) {
      if (!(error instanceof Refusal) && !isOfValues(error)) throw error;
      await client.query('ROLLBACK TO change; RELEASE change');
      if (error instanceof Refusal) return error;
      return new Refusal('UNAVAILABLE', `The store cannot keep this: ${(error as Error).message}`);
    }
  };
  const writeEvents = async (group: readonly AddEvents[]): Promise<void> => {
    const given = await attempt(() => addEvents(query, group, last));
    if (given instanceof Refusal) {
      if (group.length === 1) outcomes.push(given);
      else for (const each of group) await writeEvents([each]);
      return;
    }
    given.forEach((outcome, n) => {
      outcomes.push(outcome);
      const { events } = outcome;
      if (events.length === 0) return;
      const { kind, namespace } = group[n];
      last = events[events.length - 1].seq;
      news.push({ kind, namespace, first: events[0].seq, seq: last });
    });
  };
  const writeOne = async (change: Single): Promise<void> => {
    let now = last;
    const outcome = await attempt(async () => {
      await requireBasisIn(query, change, news);
      return (writers[change.kind] as (change: Single, next: () => number) => Promise<object>)(change, () => ++now);
    });
    outcomes.push(outcome);
    if (outcome instanceof Refusal || now === last) return;
    news.push(newsOf(change, last + 1, now));
    last = now;
  };

  for (let n = 0; n < changes.length; ) {
    const change = changes[n];
    if (change.kind !== 'add-events') {
      await writeOne(change);
      n++;
      continue;
    }
    const end = changes.findIndex(({ kind }, at) => at > n && kind !== 'add-events');
    const group = changes.slice(n, end < 0 ? undefined : end) as AddEvents[];
    await writeEvents(group);
    n += group.length;
  }
  if (last > before) await tell(query, news, last);
  await client.query('COMMIT');
  return { outcomes, after: last };
}

async function tell(query: Query, news: readonly News[], last: number): Promise<void> {
  await query(
    `WITH kept AS (UPDATE sequence SET last = $1), told AS (
       INSERT INTO changes (seq, first, kind, namespace, model, body)
       SELECT * FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[])
     ) SELECT pg_notify('${CHANNEL}', '')`,
    [
      last,
      news.map(({ seq }) => seq),
      news.map(({ first }) => first),
      news.map(({ kind }) => kind),
      news.map(({ namespace }) => namespace),
      news.map(({ model }) => model),
      news.map((each) => JSON.stringify(each)),
    ],
  );
}

/** Without what is large, and without what only the store needs. */
function newsOf(change: Single, first: number, seq: number): News {
  const { kind } = change;
  if (!('namespace' in change) || kind === 'put-key') return { kind, first, seq };
  const { namespace } = change;
  switch (change.kind) {
    case 'define':
      return { ...change, first, seq };
    case 'undefine': {
      // The files of a model go with it.
      const model = change.thing === 'model' ? change.name : undefined;
      return { ...change, model, first, seq };
    }
    case 'forget':
      return { kind, namespace, side: change.side, id: change.id, first, seq };
    case 'put-vectors':
      return { kind, namespace, index: change.index, first, seq };
    case 'delete-vectors':
      return { kind, namespace, index: change.index, ids: change.ids, first, seq };
    case 'add-version':
    case 'save-version':
    case 'activate-version':
      return { kind, namespace, model: change.model, first, seq };
    default:
      return { kind, namespace, first, seq };
  }
}

async function requireBasisIn(query: Query, change: Change, untold: readonly News[]): Promise<void> {
  if (!('known' in change) || change.known === undefined) return;
  const { namespace, known } = change;
  const model = 'model' in change ? change.model : null;
  const told = await query<{ seq: number; kind: Change['kind']; model: string | null }>(
    'SELECT seq, kind, model FROM changes WHERE seq > $1 AND namespace = $2',
    [known, namespace],
  );
  const all = [...told, ...untold.filter((each) => each.seq > known && each.namespace === namespace)];
  const last = (fits: (each: (typeof all)[number]) => boolean) =>
    Math.max(0, ...all.filter(fits).map(({ seq }) => seq));
  requireBasis(change, {
    any: last((each) => each.model != null),
    own: last((each) => each.model != null && each.model === model),
    forgotten: last(({ kind }) => kind === 'forget'),
  });
}
