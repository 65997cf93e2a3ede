/** Results as a picture: horizontal bars in SVG that can be read in light and dark surroundings. */
import { amount } from './table.js';

const WIDTH = 860;
const ROW = 22;
const BAR = 14;
const PADDING = 16;
const TITLE = 46;
const GROUP_TITLE = 30;
const CAPTION = 34;
/** Pixels that a letter of the label takes at most, near enough. */
const LETTER = 6.6;

export const STYLE = `
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 }
.group { font-weight: 600 }
.quiet { fill: #59636e }
.own { fill: #0969da }
.other { fill: #afb8c1 }
.spread { stroke: #1f2328; stroke-width: 1.2 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.quiet { fill: #9198a1 }
.own { fill: #4493f8 }
.other { fill: #57606a }
.spread { stroke: #e6edf3 }
}`;

/**
 * One case: a group of bars for each size, each group to its own scale from 0. Whiskers run from quartile to quartile.
 * @returns the text of an SVG file, or undefined if nothing was measured
 */
export function chart({ title, groups, machine }) {
  const shown = groups
    .map(({ label, results }) => ({ label, results: results.filter(({ median }) => median !== undefined) }))
    .filter(({ results }) => results.length > 0);
  if (shown.length === 0) return undefined;
  const names = shown.flatMap(({ results }) => results.map(({ contender }) => contender.length));
  const left = Math.min(PADDING + 8 + Math.max(...names) * LETTER, WIDTH * 0.5);
  const span = WIDTH - left - PADDING - 90;
  let y = TITLE;
  const parts = [`<text class="title" x="${PADDING}" y="28">${escaped(title)}</text>`];
  for (const { label, results } of shown) {
    parts.push(`<text class="group" x="${PADDING}" y="${y + 18}">${escaped(label)}</text>`);
    y += GROUP_TITLE;
    const largest = Math.max(...results.map(({ median, quartiles }) => Math.max(median, quartiles[1])));
    for (const result of results) {
      parts.push(...bar(result, { left, y, scale: span / largest }));
      y += ROW;
    }
    y += 6;
  }
  parts.push(`<text class="quiet" x="${PADDING}" y="${y + 20}">${escaped(`Shorter is better. ${machine}`)}</text>`);
  const height = y + CAPTION;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

function bar({ contender, isKindred, median, quartiles, unit }, { left, y, scale }) {
  const at = (value) => (left + value * scale).toFixed(1);
  const middle = y + BAR / 2 + 1;
  const end = Math.max(left + median * scale, left + quartiles[1] * scale);
  return [
    `<text x="${left - 8}" y="${y + 12}" text-anchor="end">${escaped(contender)}</text>`,
    `<rect class="${isKindred ? 'own' : 'other'}" x="${left.toFixed(1)}" y="${y + 1}" width="${Math.max(median * scale, 1).toFixed(1)}" height="${BAR}" rx="2"/>`,
    `<path class="spread" d="M${at(quartiles[0])} ${middle}H${at(quartiles[1])}"/>`,
    `<text x="${(end + 6).toFixed(1)}" y="${y + 12}">${escaped(amount(median, unit))}</text>`,
  ];
}

export function escaped(text) {
  return text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]);
}
