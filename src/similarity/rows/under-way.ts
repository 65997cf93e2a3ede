/** Work made of several searches, done at once or a step at a time, that answers for the moment it was asked for. */
import type {
  Corpus,
  Floats,
  GraphTask,
  SearchCounts,
  SearchingElsewhere,
  SearchingInParts,
  SearchTask,
  TopRequest,
  TopRows,
} from '../../backend/contract/backend.js';
import { KindredError } from '../../errors.js';
import { addQueries } from './search-counts.js';
import { type Found, Slices } from './slices.js';

/** One search that some work needs. Neither the queries nor a mask may change until the answer is there. */
export interface SearchStep {
  readonly queries: Floats;
  readonly request: TopRequest;
}

/** The next block of a graph. */
export interface GraphStep {
  readonly graph: GraphTask;
  readonly block: number;
}

export type Step = SearchStep | GraphStep;

/** Yields the searches it needs, is handed their answers, and returns the result. */
export type IndexWork<Result> = Generator<Step, Result, TopRows>;
export type SearchWork<Result> = Generator<SearchStep, Result, TopRows>;

interface Task<Result> {
  readonly corpus: Corpus;
  readonly steps: IndexWork<Result>;
  readonly signal: AbortSignal | undefined;
  /** The search waited for. */
  step: Step | undefined;
  /** What those before it did. */
  counts: SearchCounts | undefined;
  /** How it ended; undefined while it goes on. */
  end: { readonly result: Result } | { readonly error: unknown } | undefined;
}

/**
 * The work under way on one index. As soon as a row is about to change, all of it is finished on the spot, so that no answer
 * mixes two states of the index.
 */
export class UnderWay {
  readonly #tasks = new Set<Task<unknown>>();
  /** Whether code of the work itself is running, and with it perhaps a caller's `onProgress`. */
  #isStepping = false;
  readonly #slices = new Slices();
  #lastSearch: SearchCounts | undefined;
  /** The corpus that tells what the last search did, while it has not been asked. */
  #lastCorpus: Corpus | undefined;

  /** What the searches of the last finished work did. */
  get lastSearch(): SearchCounts | undefined {
    if (this.#lastCorpus) this.#keepCounts(this.#lastCorpus.lastSearch);
    return this.#lastSearch;
  }

  /** One search, now. What it did is asked for only if somebody wants to know: that takes a fifth of a short search. */
  search(corpus: Corpus, queries: Floats, request: TopRequest): TopRows {
    const found = corpus.search(queries, request);
    this.#lastCorpus = corpus;
    return found;
  }

  /** Does the work now. */
  run<Result>(corpus: Corpus, steps: IndexWork<Result>): Result {
    return this.#complete(this.#open(corpus, steps, undefined));
  }

  /** Does work that only searches off this thread, on the rows that `search` holds and gives back: it is never finished early. */
  async runElsewhere<Result>(
    search: SearchTask,
    steps: SearchWork<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    try {
      let next = steps.next();
      while (!next.done) next = steps.next(await search.search(next.value.queries, next.value.request, signal));
      this.#keepCounts(search.counted);
      return next.value;
    } finally {
      search.free();
    }
  }

  /** Does the work off this thread where the backend can, else in slices between which the event loop runs. */
  async start<Result>(corpus: Corpus, steps: IndexWork<Result>, signal: AbortSignal | undefined): Promise<Result> {
    signal?.throwIfAborted();
    const task = this.#open(corpus, steps, signal);
    this.#tasks.add(task);
    try {
      const { searching } = corpus;
      while (!task.end) {
        const isElsewhere = searching.kind === 'elsewhere';
        const found = await (isElsewhere ? stepElsewhere(searching, task) : this.#stepInSlices(searching, task));
        signal?.throwIfAborted();
        if (found && !task.end) this.#advance(task, found);
      }
      return resultOf(task.end);
    } finally {
      this.#tasks.delete(task);
      // What it holds is given back even if it never came to its end.
      if (!task.end) steps.return(undefined as Result);
    }
  }

  /**
   * Runs code that asks the caller's own: a filter, a getter, a Proxy. The index stays as it is while it runs, so that what the
   * code says is true of the rows that are then searched.
   */
  asking<Result>(ask: () => Result): Result {
    const wasStepping = this.#isStepping;
    this.#isStepping = true;
    try {
      return ask();
    } finally {
      this.#isStepping = wasStepping;
    }
  }

  /** To be called before anything changes. @throws KindredError INVALID_ARGUMENT if the work itself is about to change it */
  finish(): void {
    if (this.#isStepping) {
      const asked = 'a filter, groupBy, onProgress, getter or Proxy';
      throw new KindredError('INVALID_ARGUMENT', `${asked} must not change the index that calls it`);
    }
    if (this.#lastCorpus) this.#keepCounts(this.#lastCorpus.lastSearch);
    for (const task of this.#tasks) {
      if (task.signal?.aborted) continue;
      try {
        this.#complete(task);
      } catch (error) {
        task.end = { error };
      }
    }
  }

  #keepCounts(counts: SearchCounts | undefined): void {
    this.#lastSearch = counts;
    this.#lastCorpus = undefined;
  }

  #open<Result>(corpus: Corpus, steps: IndexWork<Result>, signal: AbortSignal | undefined): Task<Result> {
    // Searches of this work are about to change what the corpus tells.
    if (this.#lastCorpus) this.#keepCounts(this.#lastCorpus.lastSearch);
    const task: Task<Result> = { corpus, steps, signal, step: undefined, counts: undefined, end: undefined };
    this.#advance(task, undefined);
    return task;
  }

  #complete<Result>(task: Task<Result>): Result {
    while (!task.end) this.#advance(task, answerTo(task.step as Step, task.corpus));
    return resultOf(task.end);
  }

  /** Hands over the answer to the last step, and leads to the next one or to the end. */
  #advance<Result>(task: Task<Result>, found: Found | undefined): void {
    task.counts = addQueries(task.counts, found?.counts);
    const next = this.asking(() => task.steps.next(found?.answer as TopRows));
    if (next.done) {
      task.end = { result: next.value };
      this.#keepCounts(task.counts);
    } else task.step = next.value;
  }

  /** What the task's step asks for; undefined once nobody waits for it. */
  async #stepInSlices(searching: SearchingInParts, task: Task<unknown>): Promise<Found | undefined> {
    const { corpus } = task;
    const step = task.step as Step;
    if ('graph' in step) return answerTo(step, corpus);
    return this.#slices.search({ ...step, corpus, searching, isWaitedFor: () => !task.end && !task.signal?.aborted });
  }
}

function answerTo(step: Step, corpus: Corpus): Found {
  if ('graph' in step) return { answer: step.graph.search(step.block), counts: step.graph.counted };
  return { answer: corpus.search(step.queries, step.request), counts: corpus.lastSearch };
}

async function stepElsewhere(searching: SearchingElsewhere, task: Task<unknown>): Promise<Found | undefined> {
  const { signal } = task;
  const step = task.step as Step;
  try {
    if (!('graph' in step)) return await searchElsewhere(searching, step, signal);
    const answer = await step.graph.searchAsync(step.block, signal);
    return { answer, counts: step.graph.counted };
  } catch (error) {
    // The task was finished here meanwhile, and its rows may be gone.
    if (task.end) return undefined;
    throw error;
  }
}

async function searchElsewhere(
  searching: SearchingElsewhere,
  { queries, request }: SearchStep,
  signal: AbortSignal | undefined,
): Promise<Found> {
  const search = searching.open();
  try {
    return { answer: await search.search(queries, request, signal), counts: search.counted };
  } finally {
    search.free();
  }
}

function resultOf<Result>(end: { readonly result: Result } | { readonly error: unknown }): Result {
  if ('error' in end) throw end.error;
  return end.result;
}
