/** Trainings and evaluations: one at a time on a thread of its own, each watched, and ended on demand. */
import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { named } from '../errors.js';
import type { Job } from '../schema/models.js';
import type { Task, Tidings } from './training-task.js';

/** What a thread ends with. */
type Outcome = Exclude<Tidings, 'read' | { phase: string }>;

/** For a thread to come to the end of a read. */
const PATIENCE_MS = 5000;

/** Jobs that are remembered. */
const REMEMBERED = 200;

export interface Trained {
  readonly file: Uint8Array;
  readonly asOf: number;
  readonly digest: string;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
interface Entry {
  readonly namespace: string;
  readonly job: Mutable<Job>;
  readonly finished: Promise<void>;
  cancel(): void;
}

export class Jobs {
  readonly #entries = new Map<string, Entry>();
  #last: Promise<void> = Promise.resolve();
  #closed = false;

  /**
   * Starts a task once those before it have ended.
   * @param take what to do with a trained model, before the job counts as done; what it gives back is the job's result.
   */
  start(task: Task, take: (trained: Trained) => Promise<object>): Job {
    const job: Mutable<Job> = {
      job: randomUUID(),
      kind: task.evaluate === undefined ? 'train' : 'evaluate',
      model: task.name,
      state: 'running',
      phase: 'waiting',
      done: 0,
      total: 0,
      startedAt: Date.now(),
      endedAt: null,
      error: null,
      result: null,
    };
    const ending = new AbortController();
    const finished = this.#last.then(() => this.#run(job, task, take, ending.signal));
    this.#last = finished;
    this.#entries.set(job.job, { namespace: task.namespace, job, finished, cancel: () => ending.abort() });
    if (this.#entries.size > REMEMBERED) this.#forgetOldest();
    return { ...job };
  }

  list(namespace: string): Job[] {
    return [...this.#entries.values()].filter((each) => each.namespace === namespace).map(({ job }) => ({ ...job }));
  }

  get(namespace: string, id: string): Job {
    return { ...this.#find(namespace, id).job };
  }

  isRunning(namespace: string, model: string): boolean {
    return this.list(namespace).some((job) => job.model === model && job.kind === 'train' && job.state === 'running');
  }

  /** Ends a job that has not ended, and waits until it has. */
  async cancel(namespace: string, id: string): Promise<Job> {
    const entry = this.#find(namespace, id);
    entry.cancel();
    await entry.finished;
    return { ...entry.job };
  }

  async wait(id: string): Promise<Job> {
    const entry = this.#entries.get(id) as Entry;
    await entry.finished;
    return { ...entry.job };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { cancel } of this.#entries.values()) cancel();
    await this.#last;
  }

  #find(namespace: string, id: string): Entry {
    const own = new Map([...this.#entries].filter(([, entry]) => entry.namespace === namespace));
    return named(own, 'job', id);
  }

  async #run(
    job: Mutable<Job>,
    task: Task,
    take: (trained: Trained) => Promise<object>,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      if (signal.aborted || this.#closed) job.state = 'cancelled';
      else await this.#onThread(job, task, take, signal);
    } catch (error) {
      const { code = 'INTERNAL', message } = error as Error & { code?: string };
      job.state = 'failed';
      job.error = { code, detail: message };
    }
    job.endedAt = Date.now();
  }

  async #onThread(job: Mutable<Job>, task: Task, take: (trained: Trained) => Promise<object>, signal: AbortSignal) {
    const unwanted = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(new URL('./training-thread.js', import.meta.url), { workerData: { task, unwanted } });
    const outcome = await new Promise<Outcome | undefined>((resolve, reject) => {
      let isReading = true;
      worker.on('message', (tidings: Tidings) => {
        if (tidings === 'read') {
          isReading = false;
          if (signal.aborted) resolve(undefined);
        } else if ('phase' in tidings) Object.assign(job, tidings);
        else resolve(tidings);
      });
      worker.on('error', reject);
      worker.on('exit', () => resolve(undefined));
      // A thread that is ended while it reads may take the process with it: an addon of SQLite throws then.
      signal.addEventListener('abort', () => {
        Atomics.store(unwanted, 0, 1);
        // A database that does not answer cannot keep it for ever.
        setTimeout(() => resolve(undefined), isReading ? PATIENCE_MS : 0).unref();
      });
    });
    await worker.terminate();
    if (outcome === undefined || signal.aborted) {
      job.state = 'cancelled';
      return;
    }
    if ('failure' in outcome) throw Object.assign(new Error(outcome.failure.message), { code: outcome.failure.code });
    if ('file' in outcome) job.result = { ...(await take(outcome)) };
    if ('report' in outcome) job.result = { ...outcome.report };
    job.state = 'done';
  }

  #forgetOldest(): void {
    for (const [id, { job }] of this.#entries) {
      if (job.state === 'running') continue;
      this.#entries.delete(id);
      return;
    }
  }
}
