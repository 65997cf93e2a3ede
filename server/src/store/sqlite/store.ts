/** The store in one SQLite file. What arrives while a batch is under way makes the next batch: a group commit. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Refusal, type RefusalCode } from '../../errors.js';
import type { AsyncReads, Change, OutcomeOf, Store } from '../contract.js';
import { READS } from '../reads.js';
import type { Call, Reply } from './engine.js';

interface Waiting {
  readonly call: Call;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** Calls in one transaction at most, so that none waits long for those behind it. */
const BATCH_MAX = 512;
/** Calls that may wait; what comes beyond is refused. */
const WAITING_MAX = 20_000;

/** Opens a file, and makes it where there is none. @throws Refusal UNAVAILABLE if it cannot be opened */
export async function openSqliteStore(path: string): Promise<Store> {
  const worker = new Worker(new URL('./thread.js', import.meta.url), { workerData: { path } });
  const [first] = (await once(worker, 'message')) as ['open' | { code: RefusalCode; message: string }];
  if (first !== 'open') throw new Refusal(first.code, `The store ${path} cannot be opened: ${first.message}`);
  const queue = new Queue(worker);
  const reads = Object.fromEntries(
    READS.map((read) => [read, (...args: unknown[]) => queue.ask({ read, args })]),
  ) as unknown as AsyncReads;
  return {
    ...reads,
    location: path,
    write: <C extends Change>(change: C) => queue.ask<OutcomeOf<C['kind']>>({ write: change }),
    // Nobody else writes, and who needs one moment writes nothing meanwhile.
    moment: (work) => work(reads),
    backup: (to) => queue.ask<void>({ backup: to }),
    close: () => queue.close(),
  };
}

class Queue {
  readonly #worker: Worker;
  #waiting: Waiting[] = [];
  #underWay: Waiting[] = [];
  #closed: Refusal | undefined;
  #idle: (() => void) | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (replies: readonly Reply[]) => this.#take(replies));
    worker.on('error', (error) => this.#end(`its thread has ended: ${error.message}`));
    worker.on('exit', () => this.#end('it is closed'));
  }

  ask<T>(call: Call): Promise<T> {
    if (this.#closed) return Promise.reject(this.#closed);
    if (this.#waiting.length >= WAITING_MAX) {
      return Promise.reject(new Refusal('BUSY', `${WAITING_MAX} calls wait for the store.`));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ call, resolve, reject });
      if (this.#underWay.length === 0) this.#send();
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    while (this.#underWay.length > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    const ended = once(this.#worker, 'exit');
    this.#worker.postMessage('close');
    await ended;
  }

  #send(): void {
    this.#underWay = this.#waiting.splice(0, BATCH_MAX);
    if (this.#underWay.length > 0) this.#worker.postMessage(this.#underWay.map(({ call }) => call));
    else this.#idle?.();
  }

  #take(replies: readonly Reply[]): void {
    const answered = this.#underWay;
    this.#send();
    answered.forEach(({ resolve, reject }, n) => {
      const reply = replies[n];
      if ('error' in reply) reject(new Refusal(reply.error.code, reply.error.message));
      else resolve(reply.value as never);
    });
  }

  #end(why: string): void {
    this.#closed ??= new Refusal('UNAVAILABLE', `The store cannot be used: ${why}.`);
    for (const { reject } of [...this.#underWay, ...this.#waiting]) reject(this.#closed);
    this.#underWay = [];
    this.#waiting = [];
    this.#idle?.();
  }
}
