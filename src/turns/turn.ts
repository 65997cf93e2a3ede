/** Turns of the event loop: how long work holds the thread, and how it lets others have it. */

/** How long work should go on before others get their turn. */
const SLICE_MS = 4;

/** What the scheduler of a browser offers, as far as it is needed here. */
interface Scheduler {
  postTask(task: () => void): Promise<void>;
}

/**
 * Lets everything run that waits for its turn. Some runtimes have a way and refuse it, and some have none but a timer:
 * each is tried until one is granted.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    for (const ask of WAYS) {
      try {
        if (ask(resolve)) return;
      } catch {
        // Refused here: the next one.
      }
    }
    resolve();
  });
}

type Way = (turn: () => void) => boolean;

/**
 * Best first. Browsers make a timer wait that follows others closely, a second where the page is hidden. Messages are
 * quick, but Firefox draws only 15 frames a second beside them, and 60 beside tasks.
 */
const WAYS: readonly Way[] = [
  (turn) => {
    if (typeof setImmediate !== 'function') return false;
    setImmediate(turn);
    return true;
  },
  (turn) => {
    const { scheduler } = globalThis as { scheduler?: Scheduler };
    if (typeof scheduler?.postTask !== 'function') return false;
    scheduler.postTask(turn).catch(turn);
    return true;
  },
  (turn) => {
    if (typeof MessageChannel !== 'function') return false;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      turn();
    };
    port2.postMessage(undefined);
    return true;
  },
  (turn) => {
    if (typeof setTimeout !== 'function') return false;
    setTimeout(turn, 0);
    return true;
  },
];

/** The time that work may take before it should let others have their turn. */
export class TimeSlice {
  readonly #length: number;
  #begin = performance.now();

  /** @param length in milliseconds */
  constructor(length = SLICE_MS) {
    this.#length = length;
  }

  get isOver(): boolean {
    return performance.now() - this.#begin >= this.#length;
  }

  /** Waits for the next turn, where a new slice begins. */
  async next(): Promise<void> {
    await nextTurn();
    this.#begin = performance.now();
  }
}
