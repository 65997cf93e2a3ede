/** Work made of several searches, done at once or a step at a time, that answers for the moment it was asked for. */
import type {
  Corpus,
  Floats,
  FrozenRows,
  GraphTask,
  Running,
  SearchCounts,
  SearchingElsewhere,
  TopRequest,
  TopRows,
} from '../../backend/contract/backend.js';
import { KindredError } from '../../errors.js';
import { whenAborted } from '../../turns/abort.js';
import { TimeSlice } from '../../turns/turn.js';
import { addQueries } from './search-counts.js';
import { type Found, Slices } from './slices.js';

/** One search that some work needs. Neither the queries nor a mask may change until the answer is there. */
export interface SearchStep {
  readonly queries: Floats;
  readonly request: TopRequest;
  /** Asked only to learn how to go on: what it did is not counted. */
  readonly isTrial?: true;
}

/** The next block of a graph. */
export interface GraphStep {
  readonly graph: GraphTask;
  readonly block: number;
}

export type Step = SearchStep | GraphStep;

/**
 * Yields the searches it needs, is handed their answers, and returns the result. Where it yields undefined, others might have
 * their turn.
 */
export type IndexWork<Result> = Generator<Step | undefined, Result, TopRows>;

/** The work under way on one index: on rows that were frozen when it was asked for, so that none has to wait for it. */
export class UnderWay {
  readonly #tasks = new Set<Task>();
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
    // Searches of this work are about to change what the corpus tells.
    if (this.#lastCorpus) this.#keepCounts(this.#lastCorpus.lastSearch);
    let counts: SearchCounts | undefined;
    let next = this.#advance(steps, undefined);
    while (!next.done) {
      if (next.value === undefined) {
        next = this.#advance(steps, undefined);
        continue;
      }
      const found = answerTo(next.value, corpus);
      if (!isTrial(next.value)) counts = addQueries(counts, found.counts);
      next = this.#advance(steps, found.answer);
    }
    this.#keepCounts(counts);
    return next.value;
  }

  /**
   * Does the work off this thread where the backend can, else in slices between which the event loop runs. The rows are its own:
   * they are given back when it ends.
   */
  start<Result>(rows: FrozenRows, steps: IndexWork<Result>, signal: AbortSignal | undefined): Promise<Result> {
    return new Promise((resolve, reject) => {
      const task = new Task(reject);
      const forget = whenAborted(signal, (reason) => task.end(reason));
      this.#tasks.add(task);
      this.#work(rows, steps, task)
        .then(resolve as (result: Result | undefined) => void, reject)
        .finally(() => {
          forget();
          this.#tasks.delete(task);
        });
    });
  }

  /** Ends all of it: what waits for an answer is told why there will be none. */
  end(reason: unknown): void {
    for (const task of this.#tasks) task.end(reason);
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
  beforeChange(): void {
    if (this.#isStepping) {
      const asked = 'a filter, groupBy, onProgress, getter or Proxy';
      throw new KindredError('INVALID_ARGUMENT', `${asked} must not change the index that calls it`);
    }
    if (this.#lastCorpus) this.#keepCounts(this.#lastCorpus.lastSearch);
  }

  /** Undefined if it was ended before. */
  async #work<Result>(rows: FrozenRows, steps: IndexWork<Result>, task: Task): Promise<Result | undefined> {
    const { searching } = rows;
    let counts: SearchCounts | undefined;
    try {
      let next = this.#advance(steps, undefined);
      for (let slice = new TimeSlice(); !next.done; ) {
        const step = next.value;
        if (step === undefined) {
          if (slice.isOver) await slice.next();
          if (task.isEnded) return undefined;
          next = this.#advance(steps, undefined);
          continue;
        }
        const found =
          'graph' in step
            ? await stepOfGraph(step, task)
            : searching.kind === 'elsewhere'
              ? await stepElsewhere(searching, step, task)
              : await this.#slices.search({ ...step, rows, searching, isWaitedFor: () => !task.isEnded });
        if (!found || task.isEnded) return undefined;
        if (!isTrial(step)) counts = addQueries(counts, found.counts);
        slice = new TimeSlice();
        next = this.#advance(steps, found.answer);
      }
      if (task.isEnded) return undefined;
      this.#keepCounts(counts ?? (searching.kind === 'elsewhere' ? searching.counted : undefined));
      return next.value;
    } finally {
      // What it holds is given back even if it never came to its end.
      steps.return(undefined as Result);
      rows.free();
    }
  }

  #keepCounts(counts: SearchCounts | undefined): void {
    this.#lastSearch = counts;
    this.#lastCorpus = undefined;
  }

  /** Hands over the answer to the last step, and leads to the next one or to the end. */
  #advance<Result>(steps: IndexWork<Result>, found: TopRows | undefined): IteratorResult<Step | undefined, Result> {
    return this.asking(() => steps.next(found as TopRows));
  }
}

/** One piece of work that is waited for. */
class Task {
  isEnded = false;
  readonly #reject: (reason: unknown) => void;
  #running: Running<unknown> | undefined;

  constructor(reject: (reason: unknown) => void) {
    this.#reject = reject;
  }

  async waitFor<Result>(running: Running<Result>): Promise<Result> {
    this.#running = running;
    return await running.done;
  }

  /** Whoever waits is told at once; what runs for it elsewhere ends as soon as it can. */
  end(reason: unknown): void {
    this.isEnded = true;
    this.#running?.cancel();
    this.#reject(reason);
  }
}

function answerTo(step: Step, corpus: Corpus): Found {
  if ('graph' in step) return { answer: step.graph.search(step.block), counts: step.graph.counted };
  return { answer: corpus.search(step.queries, step.request), counts: corpus.lastSearch };
}

function isTrial(step: Step): boolean {
  return 'isTrial' in step && step.isTrial === true;
}

/** Undefined if nobody waits for it any more. */
async function stepOfGraph({ graph, block }: GraphStep, task: Task): Promise<Found | undefined> {
  if (graph.kind === 'elsewhere') {
    const answer = await task.waitFor(graph.start(block));
    return { answer, counts: task.isEnded ? undefined : graph.counted };
  }
  const slice = new TimeSlice();
  await slice.next();
  while (!task.isEnded) {
    if (graph.advance(block)) return { answer: graph.search(block), counts: graph.counted };
    if (slice.isOver) await slice.next();
  }
  return undefined;
}

/** What such searches did in sum is told at the end. */
async function stepElsewhere(searching: SearchingElsewhere, step: SearchStep, task: Task): Promise<Found> {
  return { answer: await task.waitFor(searching.start(step.queries, step.request)), counts: undefined };
}
