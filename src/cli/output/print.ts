/** Answers as JSON or as aligned lines, with bars and colour on a terminal that wants them. */
import { styleText } from 'node:util';
import { printable } from './failure.js';

const BAR_CELLS = 12;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

type Style = 'bold' | 'dim' | 'cyan';

export interface Line {
  readonly name: string | number;
  readonly score: number;
  /** Shown in place of the score where people expect it. */
  readonly distance?: number | undefined;
  /** What goes under the line. */
  readonly note?: string | undefined;
}

export function printJson(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
}

export function printHeading(text: string): void {
  process.stdout.write(`${styled('bold', printable(text))}\n`);
}

/** Lines as they are. */
export function printText(text: string): void {
  process.stdout.write(`${text.split('\n').map(printable).join('\n')}\n`);
}

/** An empty line between two parts. */
export function printGap(): void {
  process.stdout.write('\n');
}

/** Rank, score, bar and name; names come last because they may be long or wide. */
export function printRanking(lines: readonly Line[]): void {
  if (lines.length === 0) process.stdout.write('  nothing\n');
  const numbers = lines.map(({ score, distance }) => formatNumber(distance ?? score));
  const rankWidth = String(lines.length).length + 2;
  const numberWidth = Math.max(...numbers.map((text) => text.length));
  const largest = Math.max(...lines.map(({ score }) => score));
  // Negated distances have no length to draw.
  const withBars = process.stdout.isTTY === true && largest > 0;
  lines.forEach(({ name, score, note }, n) => {
    const rank = styled('dim', String(n + 1).padStart(rankWidth));
    const bar = withBars ? `  ${styled('cyan', barOf(score / largest, BAR_CELLS))}` : '';
    process.stdout.write(`${rank}  ${numbers[n].padStart(numberWidth)}${bar}  ${printable(String(name))}\n`);
    if (note !== undefined) process.stdout.write(`${' '.repeat(rankWidth + 2)}${styled('dim', printable(note))}\n`);
  });
}

/** Labels and values in two columns. */
export function printPairs(pairs: readonly (readonly [label: string, value: string])[]): void {
  const width = Math.max(...pairs.map(([label]) => label.length));
  for (const [label, value] of pairs) {
    process.stdout.write(`  ${styled('dim', label.padEnd(width))}  ${printable(value)}\n`);
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

/** https://no-color.org: set and not empty means no colour. */
function styled(style: Style, text: string): string {
  const wanted = process.stdout.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  return wanted ? styleText(style, text) : text;
}
