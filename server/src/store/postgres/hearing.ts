/**
 * How a process hears of what others wrote: it reads the news behind a number, from time to time and whenever the
 * database gives a hint. A hint may be lost; news is not.
 */
import type { Client } from 'pg';
import type { Listener, News } from '../contract.js';
import { CHANNEL } from './batch.js';
import { connect, discard, inMoment, queryOf, refusalOf } from './connection.js';
import { readsOf } from './reads.js';

/** Milliseconds between two looks where no hint comes. */
const LOOK_EVERY = 500;
/** News that is older goes, and with it the ids of those who were forgotten. Who missed it starts over. */
const KEPT = '1 hour';
const PRUNE_EVERY_MS = 60_000;

export class Hearing {
  readonly #url: string;
  /** Runs a task while nothing else changes what is in memory. */
  readonly #inTurn: (task: () => Promise<unknown>) => Promise<unknown>;
  #listener: Listener | undefined;
  /** The last number that the listener knows. */
  #known = 0;
  #client: Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isAwaited = false;
  #pruned = Date.now();
  /** The connection whose hints are of own writes. */
  ownProcess: number | undefined;

  constructor(url: string, inTurn: (task: () => Promise<unknown>) => Promise<unknown>) {
    this.#url = url;
    this.#inTurn = inTurn;
  }

  follow(after: number, listener: Listener): void {
    this.#known = after;
    this.#listener = listener;
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY).unref();
    this.#look();
  }

  /** Before a write, while the sequence is held: takes in what others wrote up to there. */
  async hearUpTo(before: number): Promise<void> {
    if (this.#listener && this.#known !== before) await this.hear();
  }

  /** An own write came to this number. Who wrote takes it in. */
  wrote(after: number): void {
    this.#known = Math.max(this.#known, after);
  }

  /** @returns the number that is known now. @throws Refusal UNAVAILABLE */
  async hear(): Promise<number> {
    const listener = this.#listener;
    if (listener === undefined) return this.#known;
    try {
      const client = await this.#connected();
      const { last, pruned } = await sequenceOf(client);
      if (last === this.#known) return last;
      // Older than what is known is a database that was restored.
      if (last < this.#known || this.#known < pruned) await this.#startOver(client, listener);
      else await this.#takeIn(client, listener);
      return this.#known;
    } catch (error) {
      if (this.#client) discard(this.#client);
      this.#client = undefined;
      throw refusalOf(error);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#listener = undefined;
    if (this.#client) discard(this.#client);
    this.#client = undefined;
  }

  #startOver(client: Client, listener: Listener): Promise<void> {
    return inMoment(client, async () => {
      const reads = readsOf(queryOf(client));
      const latest = await reads.latest();
      await listener.startOver(latest, reads);
      this.#known = latest;
    });
  }

  #takeIn(client: Client, listener: Listener): Promise<void> {
    return inMoment(client, async () => {
      const { last } = await sequenceOf(client);
      const { rows } = await client.query<{ body: string }>('SELECT body FROM changes WHERE seq > $1 ORDER BY seq', [
        this.#known,
      ]);
      const news = rows.map(({ body }) => JSON.parse(body) as News);
      await listener.takeIn(news, this.#known, last, readsOf(queryOf(client)));
      this.#known = last;
    });
  }

  #look(): void {
    if (this.#isAwaited) return;
    this.#isAwaited = true;
    void this.#inTurn(async () => {
      this.#isAwaited = false;
      await this.hear();
      await this.#prune();
    }).catch(() => {
      // The next look tries again; meanwhile reads and writes tell that the database is away.
    });
  }

  async #prune(): Promise<void> {
    if (this.#client === undefined || Date.now() - this.#pruned < PRUNE_EVERY_MS) return;
    this.#pruned = Date.now();
    await this.#client.query(
      `WITH gone AS (DELETE FROM changes WHERE at < now() - interval '${KEPT}' RETURNING seq)
       UPDATE sequence SET pruned = greatest(pruned, (SELECT max(seq) FROM gone)) WHERE EXISTS (SELECT FROM gone)`,
    );
  }

  async #connected(): Promise<Client> {
    if (this.#client) return this.#client;
    const client = await connect(this.#url);
    client.on('notification', ({ processId }) => {
      if (processId !== this.ownProcess) this.#look();
    });
    await client.query(`LISTEN ${CHANNEL}`);
    this.#client = client;
    return client;
  }
}

async function sequenceOf(client: Client): Promise<{ last: number; pruned: number }> {
  return (await client.query<{ last: number; pruned: number }>('SELECT last, pruned FROM sequence')).rows[0];
}
