/** One line on stderr while something takes long, and only on a terminal. */

const QUIET_MS = 400;
const UPDATE_MS = 100;

export class Progress {
  readonly #stream = process.stderr;
  readonly #started = performance.now();
  #shown = 0;

  /** Says what is being done, if kindred has been at it for a while or `isLong` foretells that it will be. */
  show(text: string, isLong = false): void {
    const now = performance.now();
    if (!this.#stream.isTTY || (!isLong && now - this.#started < QUIET_MS) || now - this.#shown < UPDATE_MS) return;
    this.#shown = now;
    this.#stream.write(`\r\u001b[K${text}`);
  }

  /** Wipes the line, before anything else is printed. */
  done(): void {
    if (this.#shown > 0) this.#stream.write('\r\u001b[K');
    this.#shown = 0;
  }
}
