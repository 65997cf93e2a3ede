/** Turns of the event loop: how long work holds the thread, and how it lets others have it. */

/** How long work should go on before others get their turn. */
const SLICE_MS = 4;

/**
 * Lets everything run that waits for its turn. Browsers make a timer wait that follows others closely, a second where the page
 * is hidden, but not a message.
 */
export function nextTurn(): Promise<void> {
  if (typeof setImmediate === 'function') return new Promise((resolve) => setImmediate(resolve));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

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
