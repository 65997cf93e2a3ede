/** How the tour looks: 80 columns, small bars, colour on a terminal only (and not with NO_COLOR). */
import { styleText } from 'node:util';

const WIDTH = 80;
const MARGIN = '  ';
const PANEL_GAP = 4;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
/** One colour and one shade for each part of a stacked bar: told apart in black and white, too. */
const PARTS = [
  { style: 'cyan', cell: '█' },
  { style: 'yellow', cell: '▓' },
  { style: 'magenta', cell: '▒' },
  { style: 'green', cell: '░' },
];

const withColour = process.stdout.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';

// Whoever reads may stop early, as `head` does.
process.stdout.on('error', ({ code }) => process.exit(code === 'EPIPE' ? 0 : 1));

/** One line of text, cut where the terminal would wrap it. */
export function line(style, text) {
  print(text === '' ? '' : MARGIN + styled(style, cut(text, WIDTH - MARGIN.length)));
}

/** A title, and at the right what took how long: pairs of [step, milliseconds]. */
export function heading(title, steps) {
  const times = steps.map(([step, ms]) => `${step} ${duration(ms)}`).join(' · ');
  const room = WIDTH - MARGIN.length - times.length;
  print(`\n${MARGIN}${styled('bold', title.padEnd(room))}${styled('dim', times)}`);
}

/** Two rankings beside each other, and again below: { title, rows: { name, score }[] }[]. */
export function panels(all) {
  const width = (WIDTH - MARGIN.length - PANEL_GAP) / 2;
  const blocks = all.map(({ title, rows }) => [
    { length: title.length, text: styled('cyan', title) },
    ...rows.map(({ name, score }) => {
      const barCells = 8;
      const label = cut(name, width - barCells - 7).padEnd(width - barCells - 7);
      return { length: width, text: `${label} ${styled('dim', bar(score, barCells))} ${score.toFixed(3)}` };
    }),
  ]);
  for (let n = 0; n < blocks.length; n += 2) {
    const [left, right = []] = blocks.slice(n, n + 2);
    for (let row = 0; row < Math.max(left.length, right.length); row++) {
      const { length = 0, text = '' } = left[row] ?? {};
      print(`${MARGIN}${text}${right[row] ? ' '.repeat(width - length + PANEL_GAP) + right[row].text : ''}`);
    }
    if (n + 2 < blocks.length) print('');
  }
}

/** Score, bar and name, for names that may be long: { name, score }[]. */
export function ranking(rows) {
  const barCells = 8;
  for (const { name, score } of rows) {
    const label = cut(name, WIDTH - MARGIN.length - barCells - 7);
    print(`${MARGIN}${score.toFixed(3)} ${styled('dim', bar(score, barCells))} ${label}`);
  }
}

/** Rows whose bars show what each score is made of: { name, score, parts: number[] }[], parts in the order of `legend`. */
export function stackedRanking(legend, rows) {
  const keys = legend.map((name, n) => `${styled(PARTS[n].style, PARTS[n].cell)} ${name}`);
  print(`${MARGIN}because of  ${keys.join('   ')}`);
  const barCells = 40;
  const largest = Math.max(...rows.map(({ score }) => score));
  const nameWidth = WIDTH - MARGIN.length - barCells - 7;
  for (const { name, score, parts } of rows) {
    let cells = 0;
    let sum = 0;
    let drawn = '';
    parts.forEach((part, n) => {
      sum += part;
      // Rounding the running sum keeps the whole bar true to the score.
      const end = Math.round((sum / largest) * barCells);
      drawn += styled(PARTS[n].style, PARTS[n].cell.repeat(end - cells));
      cells = end;
    });
    print(
      `${MARGIN}${cut(name, nameWidth).padEnd(nameWidth)} ${drawn}${' '.repeat(barCells - cells)} ${score.toFixed(3)}`,
    );
  }
}

function bar(share, cells) {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * cells * 8);
  return ('█'.repeat(eighths >> 3) + EIGHTHS[eighths & 7]).padEnd(cells);
}

function duration(ms) {
  return ms < 10 ? `${ms.toFixed(1)} ms` : ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function cut(text, width) {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

function styled(style, text) {
  return withColour && style !== 'plain' ? styleText(style, text) : text;
}

function print(text) {
  process.stdout.write(`${text}\n`);
}
