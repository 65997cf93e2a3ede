/** Says on stderr what takes long: a line that moves on a terminal, plain lines in a pipe. */
import { barOf, type TextStream } from './printer.js';
import { printable } from './safe-text.js';

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
  #held: string[] = [];

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
    this.#wipe();
    this.#stream.write(`${text.split('\n').map(printable).join('\n')}\n`);
  }

  /** Says what stays when the answer comes or the work turns out to be long; a refusal is one line, without it. */
  hold(text: string): void {
    this.#held.push(text);
  }

  /** Wipes the line, before the answer is printed. */
  done(): void {
    this.#wipe();
    const held = this.#held;
    this.#held = [];
    for (const text of held) this.note(text);
  }

  /** Wipes the line, and forgets what was held. */
  fail(): void {
    this.#wipe();
    this.#held = [];
  }

  #wipe(): void {
    if (this.#isShown) this.#stream.write('\r\u001b[K');
    this.#isShown = false;
    this.#said = Number.NEGATIVE_INFINITY;
  }

  #say(isLong: boolean, textNow: () => string): void {
    const now = performance.now();
    if (this.#stream.isTTY) {
      if ((!isLong && now - this.#started < QUIET_MS) || now - this.#said < UPDATE_MS) return;
      if (this.#held.length > 0) this.done();
      // A line that wraps could not be wiped.
      this.#stream.write(`\r\u001b[K${printable(textNow()).slice(0, (this.#stream.columns || 80) - 1)}`);
      this.#isShown = true;
    } else {
      if (now - Math.max(this.#said, this.#started) < PIPE_UPDATE_MS) return;
      if (this.#held.length > 0) this.done();
      this.#stream.write(`${printable(textNow())}\n`);
    }
    this.#said = now;
  }
}
