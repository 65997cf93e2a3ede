/** Questions to the worker and its answers: a name, one record in, one value out, and progress between. */

export type Task<Input, Output, Progress = never> = (
  input: Input,
  report: (progress: Progress) => void,
) => Output | Promise<Output>;

// Each task has types of its own.
// biome-ignore lint/suspicious/noExplicitAny: what a table of tasks has in common
export type Tasks = Readonly<Record<string, Task<any, any, any>>>;

interface Question {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

type Reply =
  | { readonly id: number; readonly kind: 'answer'; readonly value: unknown }
  | { readonly id: number; readonly kind: 'progress'; readonly value: unknown }
  | { readonly id: number; readonly kind: 'error'; readonly code: string; readonly message: string };

/** What went wrong in the worker, in the library's own words. */
export class EngineError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** In the worker: answers questions, one after the other where tasks do not wait. */
export function serve(tasks: Tasks): void {
  const port = globalThis as unknown as Worker;
  port.onmessage = async ({ data }: MessageEvent<Question>) => {
    const { id, name, input } = data;
    const say = (reply: Reply, transfer: Transferable[] = []) => port.postMessage(reply, transfer);
    try {
      const value = await tasks[name](input, (progress: unknown) => say({ id, kind: 'progress', value: progress }));
      say({ id, kind: 'answer', value });
    } catch (error) {
      const { code = 'ERROR', message = String(error) } = error as { code?: string; message?: string };
      say({ id, kind: 'error', code: String(code), message });
    }
  };
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((progress: never) => void) | undefined;
}

/** In the page: asks the worker. */
export class Engine<All extends Tasks> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<Reply>) => this.#take(data);
    worker.onerror = (event) => this.#failAll(event.message || 'the worker could not be started');
  }

  ask<Name extends keyof All & string>(
    name: Name,
    input: Parameters<All[Name]>[0],
    onProgress?: (progress: Parameters<Parameters<All[Name]>[1]>[0]) => void,
    transfer: Transferable[] = [],
  ): Promise<Awaited<ReturnType<All[Name]>>> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, onProgress } as Waiting);
      this.#worker.postMessage({ id, name, input } satisfies Question, transfer);
    });
  }

  #take(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    if (!waiting) return;
    if (reply.kind === 'progress') {
      waiting.onProgress?.(reply.value as never);
      return;
    }
    this.#waiting.delete(reply.id);
    if (reply.kind === 'answer') waiting.resolve(reply.value as never);
    else waiting.reject(new EngineError(reply.code, reply.message));
  }

  #failAll(message: string): void {
    for (const { reject } of this.#waiting.values()) reject(new EngineError('WORKER', message));
    this.#waiting.clear();
  }
}
