/** Says on stderr what takes long: a line that moves on a terminal, plain lines in a pipe. */
import { printable } from './failure.js';
import { barOf, type TextStream } from './printer.js';

const QUIET_MS = 400;
const UPDATE_MS = 100;
/** A file or a pipe keeps every line, so that there should be few. */
const PIPE_UPDATE_MS = 5000;
const BAR_CELLS = 20;

export class ProgressLine {
  readonly #stream: TextStream;
  readonly #started = performance.now();
  #said = Number.NEGATIVE_INFINITY;
  #isShown = false;

  constructor(stream: TextStream) {
    this.#stream = stream;
  }

  /** Says what is being done, if kindred has been at it for a while or `isLong` foretells that it will be. */
  show(text: string, isLong = false): void {
    this.#say(isLong, () => text);
  }

  /** The same with how far it is. */
  step(text: string, done: number, total: number): void {
    this.#say(false, () => {
      const share = total > 0 ? done / total : 1;
      const percent = `${String(Math.floor(100 * share)).padStart(3)} %`;
      return this.#stream.isTTY ? `${barOf(share, BAR_CELLS)} ${percent}  ${text}` : `${text} ${percent.trim()}`;
    });
  }

  /** Says what stays, also in a pipe. */
  note(text: string): void {
    this.done();
    this.#stream.write(`${text.split('\n').map(printable).join('\n')}\n`);
  }

  /** Wipes the line, before anything else is printed. */
  done(): void {
    if (this.#isShown) this.#stream.write('\r\u001b[K');
    this.#isShown = false;
    this.#said = Number.NEGATIVE_INFINITY;
  }

  #say(isLong: boolean, textNow: () => string): void {
    const now = performance.now();
    if (this.#stream.isTTY) {
      if ((!isLong && now - this.#started < QUIET_MS) || now - this.#said < UPDATE_MS) return;
      // A line that wraps could not be wiped.
      this.#stream.write(`\r\u001b[K${textNow().slice(0, (this.#stream.columns || 80) - 1)}`);
      this.#isShown = true;
    } else {
      if (now - Math.max(this.#said, this.#started) < PIPE_UPDATE_MS) return;
      this.#stream.write(`${textNow()}\n`);
    }
    this.#said = now;
  }
}
