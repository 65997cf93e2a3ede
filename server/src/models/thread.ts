/** A training or an evaluation on a thread of its own, which can be ended at any moment. */
import { Worker } from 'node:worker_threads';
import type { Task, Tidings } from './training-task.js';

/** What a thread ends with. */
type Outcome = Exclude<Tidings, 'read' | { phase: string } | { note: string }>;
export type Trained = Extract<Tidings, { file: Uint8Array }>;

/** For a thread to come to the end of a read. */
const PATIENCE_MS = 5000;

/** Who is told how far it is, and may end it. */
export interface Watch {
  readonly signal: AbortSignal;
  onProgress(progress: { readonly phase: string; readonly done: number; readonly total: number }): void;
  /** A line for the log of the job. */
  note(says: string): void;
}

/** @returns undefined if it was ended. @throws what the thread failed with */
export async function onThread(
  task: Task,
  { signal, onProgress, note }: Watch,
): Promise<Exclude<Outcome, { failure: object }> | undefined> {
  const unwanted = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('./training-thread.js', import.meta.url), { workerData: { task, unwanted } });
  const outcome = await new Promise<Outcome | undefined>((resolve, reject) => {
    let isReading = true;
    worker.on('message', (tidings: Tidings) => {
      if (tidings === 'read') {
        isReading = false;
        if (signal.aborted) resolve(undefined);
      } else if ('phase' in tidings) onProgress(tidings);
      else if ('note' in tidings) note(tidings.note);
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
  if (outcome === undefined || signal.aborted) return undefined;
  if ('failure' in outcome) throw Object.assign(new Error(outcome.failure.message), { code: outcome.failure.code });
  return outcome;
}
