/** Work that takes its time: each job watched, ended on demand, with a log and what came of it. */
import { randomUUID } from 'node:crypto';
import { named, Refusal } from '../errors.js';
import { onThread, type Trained, type Watch } from '../models/thread.js';
import type { Task } from '../models/training-task.js';
import type { Job, JobKind, JobLog } from '../schema/jobs.js';
import { KeptLines, type Lines } from './kept-lines.js';

/** Jobs that are remembered, and the lines of the log of each. */
const REMEMBERED = 200;
const LOG_LINES = 200;

/** What a job is about. */
export interface Subject {
  readonly namespace: string;
  readonly kind: JobKind;
  readonly model?: string;
  readonly index?: string;
}

/** What comes of a job: a few facts, and lines where there is much to tell. */
export interface Outcome {
  readonly result: object;
  readonly lines?: Lines;
}

/** @returns undefined if it was ended */
type Run = (watch: Watch) => Promise<Outcome | undefined>;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
interface Entry {
  readonly namespace: string;
  readonly job: Mutable<Job>;
  readonly log: JobLog['lines'];
  readonly finished: Promise<void>;
  cancel(): void;
}

export class Jobs {
  readonly #entries = new Map<string, Entry>();
  readonly #results = new KeptLines();
  /** The last job on the thread, and the last in the process: one at a time in each place. */
  readonly #last = { thread: Promise.resolve(), process: Promise.resolve() };
  #closed = false;

  /**
   * Starts a training or an evaluation on a thread, once those before it have ended.
   * @param take what to do with a trained model, before the job counts as done; what it gives back is the job's result.
   */
  start(task: Task, take: (trained: Trained) => Promise<object>): Job {
    const { namespace, name: model, evaluate } = task;
    const kind = evaluate === undefined ? 'train' : 'evaluate';
    return this.#begin('thread', { namespace, kind, model }, async (watch) => {
      const outcome = await onThread(task, watch);
      if (outcome === undefined) return undefined;
      return { result: 'file' in outcome ? await take(outcome) : outcome.report };
    });
  }

  /** Starts what leaves the event loop its turns by itself, once those of its kind before it have ended. */
  startHere(subject: Subject, run: (watch: Watch) => Promise<Outcome>): Job {
    return this.#begin('process', subject, run);
  }

  list(namespace: string): Job[] {
    return [...this.#entries.values()].filter((each) => each.namespace === namespace).map(({ job }) => ({ ...job }));
  }

  get(namespace: string, id: string): Job {
    return { ...this.#find(namespace, id).job };
  }

  log(namespace: string, id: string): JobLog {
    return { job: id, lines: [...this.#find(namespace, id).log] };
  }

  /** @throws Refusal CONFLICT for a job that has no lines, or none yet, or none any more */
  lines(namespace: string, id: string): Iterable<object> {
    const { job } = this.#find(namespace, id);
    const lines = this.#results.get(id);
    if (lines !== undefined) return lines.read();
    throw new Refusal('CONFLICT', `The job ${JSON.stringify(id)} ${whyNoLines(job)}`);
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

  /** Ends all jobs of a namespace that is no more, and forgets them: another may come to have its name. */
  leave(namespace: string): void {
    for (const [id, entry] of this.#entries) {
      if (entry.namespace !== namespace) continue;
      entry.cancel();
      this.#entries.delete(id);
      this.#results.drop(id);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { cancel } of this.#entries.values()) cancel();
    await Promise.all(Object.values(this.#last));
  }

  #begin(place: 'thread' | 'process', { namespace, kind, model, index }: Subject, run: Run): Job {
    const job: Mutable<Job> = {
      job: randomUUID(),
      kind,
      model: model ?? null,
      index: index ?? null,
      state: 'running',
      phase: 'waiting',
      done: 0,
      total: 0,
      startedAt: Date.now(),
      endedAt: null,
      error: null,
      result: null,
    };
    const log: JobLog['lines'] = [];
    const ending = new AbortController();
    const finished = this.#last[place].then(() => this.#run(job, log, run, ending.signal));
    this.#last[place] = finished;
    this.#entries.set(job.job, { namespace, job, log, finished, cancel: () => ending.abort() });
    if (this.#entries.size > REMEMBERED) this.#forgetOldest();
    return { ...job };
  }

  #find(namespace: string, id: string): Entry {
    const own = new Map([...this.#entries].filter(([, entry]) => entry.namespace === namespace));
    return named(own, 'job', id);
  }

  async #run(job: Mutable<Job>, log: JobLog['lines'], run: Run, signal: AbortSignal): Promise<void> {
    const note = (says: string) => {
      if (log.length < LOG_LINES) log.push({ time: Date.now(), says });
    };
    const onProgress: Watch['onProgress'] = ({ phase, done, total }) => {
      if (phase !== job.phase) note(total > 0 ? `${phase}, ${total} in all` : phase);
      Object.assign(job, { phase, done, total });
    };
    try {
      const outcome = signal.aborted || this.#closed ? undefined : await run({ signal, onProgress, note });
      job.state = outcome === undefined ? 'cancelled' : 'done';
      if (outcome !== undefined) {
        job.result = { ...outcome.result };
        if (outcome.lines !== undefined && this.#entries.has(job.job)) this.#results.keep(job.job, outcome.lines);
      }
    } catch (error) {
      const { code = 'INTERNAL', message } = error as Error & { code?: string };
      job.state = signal.aborted ? 'cancelled' : 'failed';
      if (!signal.aborted) job.error = { code, detail: message };
    }
    job.endedAt = Date.now();
    const why = job.error === null ? '' : `: ${job.error.detail}`;
    log.push({ time: job.endedAt, says: `${job.state}${why}` });
  }

  #forgetOldest(): void {
    for (const [id, { job }] of this.#entries) {
      if (job.state === 'running') continue;
      this.#entries.delete(id);
      this.#results.drop(id);
      return;
    }
  }
}

function whyNoLines({ kind, state }: Job): string {
  if (kind === 'train' || kind === 'evaluate') return `is to ${kind}: GET /v1/jobs/{job} has what came of it.`;
  if (state === 'running') return 'has not ended: GET /v1/jobs/{job} tells how far it is.';
  if (state !== 'done') return `was ${state}, and has no result.`;
  return 'had a result, which made room for later ones: ask again.';
}
