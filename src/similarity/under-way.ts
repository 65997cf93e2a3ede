/** Work made of several searches, done at once or a step at a time, that answers for the moment it was asked for. */
import type {
  Corpus,
  SearchOptions as CorpusSearch,
  Floats,
  GraphTask,
  SearchTask,
  TopRows,
} from '../backend/contract.js';
import { copyTopRows, emptyTopRows } from '../backend/reference/best.js';
import { KindredError } from '../errors.js';

/** One search that some work needs. Neither the queries nor a mask may change until the answer is there. */
export interface SearchStep {
  readonly queries: Floats;
  readonly request: CorpusSearch;
}

/** The next block of a graph. */
export interface GraphStep {
  readonly graph: GraphTask;
  readonly block: number;
}

export type Step = SearchStep | GraphStep;

/** Yields the searches it needs, is handed their answers, and returns the result. */
export type Steps<Result> = Generator<Step, Result, TopRows>;
export type SearchSteps<Result> = Generator<SearchStep, Result, TopRows>;

/** How far some work is. */
export interface Progress {
  /** Rows done, of `total`. */
  readonly done: number;
  readonly total: number;
  /** `encode` while new rows are encoded, `search` while rows are searched for. */
  readonly phase: 'encode' | 'search';
}

export type OnProgress = (progress: Progress) => void;

/** A slice of queries should take about this long, so that the event loop gets its turn. */
const SLICE_MS = 12;
const SLICE_QUERIES_MAX = 1024;

interface Task<Result> {
  readonly corpus: Corpus;
  readonly steps: Steps<Result>;
  readonly signal: AbortSignal | undefined;
  /** The search waited for. */
  step: Step | undefined;
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
  /** Queries per slice where only this thread can search; found out as slices go by. */
  #sliceQueries = 1;

  /** Does the work now. */
  run<Result>(corpus: Corpus, steps: Steps<Result>): Result {
    return this.#complete(this.#open(corpus, steps, undefined));
  }

  /** Does the work off this thread where the backend can, else in slices between which the event loop runs. */
  async start<Result>(corpus: Corpus, steps: Steps<Result>, signal: AbortSignal | undefined): Promise<Result> {
    signal?.throwIfAborted();
    const task = this.#open(corpus, steps, signal);
    const openSearch = corpus.openSearch?.bind(corpus);
    this.#tasks.add(task);
    try {
      while (!task.end) {
        const answer = await (openSearch ? stepElsewhere(openSearch, task) : this.#searchInSlices(task));
        signal?.throwIfAborted();
        if (answer && !task.end) this.#advance(task, answer);
      }
      return resultOf(task.end);
    } finally {
      this.#tasks.delete(task);
      // What it holds is given back even if it never came to its end.
      if (!task.end) steps.return(undefined as Result);
    }
  }

  /** To be called before anything changes. @throws KindredError INVALID_ARGUMENT if the work itself is about to change it */
  finish(): void {
    if (this.#isStepping) {
      throw new KindredError('INVALID_ARGUMENT', 'a filter or onProgress must not change the index that calls it');
    }
    for (const task of this.#tasks) {
      if (task.signal?.aborted) continue;
      try {
        this.#complete(task);
      } catch (error) {
        task.end = { error };
      }
    }
  }

  #open<Result>(corpus: Corpus, steps: Steps<Result>, signal: AbortSignal | undefined): Task<Result> {
    const task: Task<Result> = { corpus, steps, signal, step: undefined, end: undefined };
    this.#advance(task, undefined);
    return task;
  }

  #complete<Result>(task: Task<Result>): Result {
    while (!task.end) this.#advance(task, answerTo(task.step as Step, task.corpus));
    return resultOf(task.end);
  }

  /** Hands over the answer to the last step, and leads to the next one or to the end. */
  #advance<Result>(task: Task<Result>, answer: TopRows | undefined): void {
    const wasStepping = this.#isStepping;
    this.#isStepping = true;
    try {
      const next = task.steps.next(answer as TopRows);
      if (next.done) task.end = { result: next.value };
      else task.step = next.value;
    } finally {
      this.#isStepping = wasStepping;
    }
  }

  /** The answer to the task's step, a few queries at a time; undefined once nobody waits for it. */
  async #searchInSlices(task: Task<unknown>): Promise<TopRows | undefined> {
    const { corpus, signal } = task;
    const step = task.step as Step;
    if ('graph' in step) return answerTo(step, corpus);
    const { queries, request } = step;
    const answer = emptyTopRows(queries.length / corpus.dim, Math.min(request.k, corpus.size));
    for (let first = 0; first < answer.counts.length; ) {
      await nextTurn();
      if (task.end || signal?.aborted) return undefined;
      const begin = performance.now();
      const last = Math.min(answer.counts.length, first + this.#sliceQueries);
      const slice = corpus.search(queries.subarray(first * corpus.dim, last * corpus.dim), request);
      copyTopRows(slice, answer, first);
      first = last;
      const took = performance.now() - begin;
      if (took < SLICE_MS / 2) this.#sliceQueries = Math.min(2 * this.#sliceQueries, SLICE_QUERIES_MAX);
      else if (took > 2 * SLICE_MS) this.#sliceQueries = Math.ceil(this.#sliceQueries / 2);
    }
    return answer;
  }
}

function answerTo(step: Step, corpus: Corpus): TopRows {
  return 'graph' in step ? step.graph.search(step.block) : corpus.search(step.queries, step.request);
}

/** Does work that only searches off this thread, on the rows that `search` holds and gives back. */
export async function runElsewhere<Result>(
  search: SearchTask,
  steps: SearchSteps<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  try {
    let next = steps.next();
    while (!next.done) next = steps.next(await search.search(next.value.queries, next.value.request, signal));
    return next.value;
  } finally {
    search.free();
  }
}

async function stepElsewhere(openSearch: () => SearchTask, task: Task<unknown>): Promise<TopRows | undefined> {
  const step = task.step as Step;
  try {
    if ('graph' in step) return await step.graph.searchAsync(step.block, task.signal);
    return await runElsewhere(openSearch(), oneSearch(step), task.signal);
  } catch (error) {
    // The task was finished here meanwhile, and its rows may be gone.
    if (task.end) return undefined;
    throw error;
  }
}

function* oneSearch(step: SearchStep): SearchSteps<TopRows> {
  return yield step;
}

function resultOf<Result>(end: { readonly result: Result } | { readonly error: unknown }): Result {
  if ('error' in end) throw end.error;
  return end.result;
}

/** Lets everything run that waits for its turn. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
