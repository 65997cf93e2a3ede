/**
 * The store in a PostgreSQL database, which several processes share. In each, writes and what is heard of others take
 * turns: so what is answered and what is heard are in the order of their numbers.
 */
import type { Client } from 'pg';
import { Refusal } from '../../errors.js';
import type { AsyncReads, Change, Listener, OutcomeOf, Store } from '../contract.js';
import { READS } from '../reads.js';
import { writeBatch } from './batch.js';
import { connect, discard, inMoment, openReaders, queryOf, refusalOf } from './connection.js';
import { Hearing } from './hearing.js';
import { migrate } from './migrations.js';
import { readsOf } from './reads.js';

interface Waiting {
  readonly change: Change;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** Changes in one transaction at most. */
const BATCH_MAX = 512;
/** Changes that may wait; what comes beyond is refused. */
const WAITING_MAX = 20_000;
/** Connections that hold names, at most. */
const HELD_MAX = 4;

/** Opens a database, and makes its tables where there are none. @throws Refusal UNAVAILABLE if it cannot be opened */
export async function openPostgresStore(url: string): Promise<Store> {
  const client = await connect(url);
  try {
    await migrate(client);
  } catch (error) {
    discard(client);
    throw refusalOf(error);
  }
  return new PostgresStore(url, client).asStore();
}

/** Lets `work` read what one moment left. */
export async function readPostgresStore<T>(url: string, work: (reads: AsyncReads) => Promise<T>): Promise<T> {
  const client = await connect(url);
  try {
    return await inMoment(client, () => work(readsOf(queryOf(client))));
  } catch (error) {
    throw refusalOf(error);
  } finally {
    discard(client);
  }
}

class PostgresStore {
  readonly #url: string;
  readonly #readers;
  readonly #hearing: Hearing;
  readonly #held = new Set<Client>();
  #writer: Client | undefined;
  #waiting: Waiting[] = [];
  #closed = false;
  /** What is under way of writes and hearing: one at a time. */
  #turn: Promise<unknown> = Promise.resolve();
  #isWriting = false;

  constructor(url: string, writer: Client) {
    this.#url = url;
    this.#writer = writer;
    this.#readers = openReaders(url);
    this.#hearing = new Hearing(url, (task) => this.#inTurn(task));
  }

  asStore(): Store {
    const reads = readsOf(async (sql, values) => {
      if (this.#closed) throw closed();
      try {
        return (await this.#readers.query(sql, values)).rows as never[];
      } catch (error) {
        throw refusalOf(error);
      }
    });
    const asked = Object.fromEntries(READS.map((name) => [name, reads[name]])) as unknown as AsyncReads;
    return {
      ...asked,
      location: this.#url,
      shared: {
        follow: (after: number, listener: Listener) => this.#hearing.follow(after, listener),
        catchUp: () => this.#inTurn(() => this.#hearing.hear()),
        hold: (name) => this.#hold(name),
      },
      write: <C extends Change>(change: C) => this.#write<OutcomeOf<C['kind']>>(change),
      moment: (work) => readPostgresStore(this.#url, work),
      backup: () => {
        const message = 'A database is copied by its own means: pg_dump writes a backup, pg_restore reads it.';
        return Promise.reject(new Refusal('UNSUPPORTED', message));
      },
      close: () => this.#close(),
    };
  }

  #write<T>(change: Change): Promise<T> {
    if (this.#closed) return Promise.reject(closed());
    if (this.#waiting.length >= WAITING_MAX) {
      return Promise.reject(new Refusal('BUSY', `${WAITING_MAX} changes wait for the store.`));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ change, resolve, reject });
      if (!this.#isWriting) {
        this.#isWriting = true;
        void this.#inTurn(() => this.#writeWaiting());
      }
    });
  }

  /** One batch; what came meanwhile gets the next turn. */
  async #writeWaiting(): Promise<void> {
    const batch = this.#waiting.splice(0, BATCH_MAX);
    try {
      this.#writer ??= await connect(this.#url);
      this.#hearing.ownProcess = processOf(this.#writer);
      const changes = batch.map(({ change }) => change);
      const { outcomes, after } = await writeBatch(this.#writer, changes, (last) => this.#hearing.hearUpTo(last));
      this.#hearing.wrote(after);
      batch.forEach(({ resolve, reject }, n) => {
        const outcome = outcomes[n];
        if (outcome instanceof Refusal) reject(outcome);
        else resolve(outcome as never);
      });
    } catch (error) {
      if (this.#writer) discard(this.#writer);
      this.#writer = undefined;
      // Should the end of the transaction have been kept and not heard of, it is heard of as what others write.
      for (const { reject } of batch) reject(refusalOf(error));
    }
    if (this.#waiting.length > 0) void this.#inTurn(() => this.#writeWaiting());
    else this.#isWriting = false;
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(task);
    this.#turn = done.catch(() => {});
    return done;
  }

  /** A connection of its own holds the name: it is free again however the process ends. */
  async #hold(name: string): Promise<(() => Promise<void>) | undefined> {
    if (this.#held.size >= HELD_MAX) return undefined;
    const client = await connect(this.#url);
    this.#held.add(client);
    const release = async () => {
      this.#held.delete(client);
      discard(client);
    };
    try {
      const { rows } = await client.query<{ held: boolean }>(
        "SELECT pg_try_advisory_lock(hashtext('kindred ' || current_schema), hashtext($1)) AS held",
        [name],
      );
      if (rows[0].held) return release;
    } catch (error) {
      await release();
      throw refusalOf(error);
    }
    await release();
    return undefined;
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#hearing.close();
    while (this.#isWriting) await this.#turn;
    await this.#turn;
    for (const client of this.#held) discard(client);
    if (this.#writer) discard(this.#writer);
    await this.#readers.end().catch(() => {});
  }
}

function closed(): Refusal {
  return new Refusal('UNAVAILABLE', 'The store cannot be used: it is closed.');
}

/** The number of its process in the database, which the types of the package leave out. */
function processOf(client: Client): number | undefined {
  return (client as unknown as { processID?: number }).processID;
}
