/** Answers as JSON or as aligned lines, with bars and colour on a terminal that wants them. */
import { once } from 'node:events';
import { styleText } from 'node:util';
import { jsonText, printable } from './safe-text.js';

const BAR_CELLS = 12;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

type Style = 'bold' | 'dim' | 'cyan';

/** A stream of the process, or one that a test hands in. */
export type TextStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

export interface Line {
  readonly name: string | number;
  readonly score: number;
  /** Shown in place of the score where people expect it. */
  readonly distance?: number | undefined;
  /** What goes under the line. */
  readonly note?: string | undefined;
}

export class Printer {
  readonly #stream: TextStream;
  readonly #isTerminal: boolean;
  readonly #hasColour: boolean;

  /** @param env NO_COLOR, set and not empty, means no colour (https://no-color.org); so does TERM=dumb. */
  constructor(stream: TextStream, env: NodeJS.ProcessEnv) {
    this.#stream = stream;
    this.#isTerminal = stream.isTTY === true;
    this.#hasColour = this.#isTerminal && !env.NO_COLOR && env.TERM !== 'dumb';
  }

  json(answer: unknown): void {
    this.#line(jsonText(answer, 2));
  }

  heading(text: string): void {
    this.#line(this.#styled('bold', printable(text)));
  }

  /** Lines as they are. */
  text(text: string): void {
    this.#line(text.split('\n').map(printable).join('\n'));
  }

  /** An empty line between two parts. */
  gap(): void {
    this.#line('');
  }

  /** Rank, score, bar and name; names come last because they may be long or wide. */
  ranking(lines: readonly Line[]): void {
    if (lines.length === 0) this.#line('  nothing');
    const numbers = lines.map(({ score, distance }) => formatNumber(distance ?? score));
    const rankWidth = String(lines.length).length + 2;
    const numberWidth = Math.max(...numbers.map((text) => text.length));
    const largest = Math.max(...lines.map(({ score }) => score));
    // Negated distances have no length to draw.
    const withBars = this.#isTerminal && largest > 0;
    lines.forEach(({ name, score, note }, n) => {
      const rank = this.#styled('dim', String(n + 1).padStart(rankWidth));
      const bar = withBars ? `  ${this.#styled('cyan', barOf(score / largest, BAR_CELLS))}` : '';
      this.#line(`${rank}  ${numbers[n].padStart(numberWidth)}${bar}  ${printable(String(name))}`);
      if (note !== undefined) this.#line(`${' '.repeat(rankWidth + 2)}${this.#styled('dim', printable(note))}`);
    });
  }

  /** Labels and values in two columns. */
  pairs(pairs: readonly (readonly [label: string, value: string])[]): void {
    const width = Math.max(...pairs.map(([label]) => label.length));
    for (const [label, value] of pairs) {
      this.#line(`  ${this.#styled('dim', label.padEnd(width))}  ${printable(value)}`);
    }
  }

  /** A table for another program, as it comes, no faster than it is read. */
  async pieces(pieces: AsyncIterable<string>): Promise<void> {
    for await (const text of pieces) {
      // Another program gets it as it is; a terminal would obey what is in it.
      const shown = this.#isTerminal ? text.split('\n').map(printable).join('\n') : text;
      if (!this.#stream.write(shown)) await once(this.#stream, 'drain');
    }
  }

  #line(text: string): void {
    this.#stream.write(`${text}\n`);
  }

  #styled(style: Style, text: string): string {
    // Whether there is colour was decided by the stream and environment handed in, not by those of the process.
    return this.#hasColour ? styleText(style, text, { validateStream: false }) : text;
  }
}

export function formatNumber(value: number): string {
  return Math.abs(value) >= 1e6 ? value.toPrecision(7) : value.toFixed(4);
}

/** A bar as long as a share of `cells` columns, filled up with spaces. */
export function barOf(share: number, cells: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share || 0)) * cells * 8);
  return ('█'.repeat(eighths >> 3) + EIGHTHS[eighths & 7]).padEnd(cells);
}
