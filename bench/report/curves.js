/** Time per query over the size of the batch, as lines in an SVG that can be read in light and dark surroundings. */
import { escaped, STYLE } from './chart.js';
import { duration } from './table.js';

const [WIDTH, HEIGHT] = [860, 340];
const [LEFT, RIGHT, TOP, BOTTOM] = [72, 230, 34, 46];
/** Told apart by colour and by dashes. */
const STROKES = ['#0969da', '#bc4c00', '#1a7f37', '#8250df', '#bf3989', '#9a6700', '#57606a', '#0a7ea4'];
/** The least distance of two names at the right, in pixels. */
const LINE = 15;

/**
 * One picture a size, below one another. Both axes are logarithmic: a line that falls or stays level is as it should be.
 * @param groups `{ label, results }`; results without `curve` are left out.
 * @returns the text of an SVG file, or undefined if there is no curve
 */
export function curves({ title, groups, machine }) {
  const shown = groups
    .map(({ label, results }) => ({ label, results: results.filter(({ curve }) => curve?.length > 1) }))
    .filter(({ results }) => results.length > 0);
  if (shown.length === 0) return undefined;
  const height = 40 + shown.length * HEIGHT + 30;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}\n.axis { stroke: #8c959f; stroke-width: .6 }\n.line { fill: none; stroke-width: 1.8 }\n</style>`,
    `<text class="title" x="16" y="28">${escaped(title)}</text>`,
    ...shown.flatMap((group, n) => panel(group, 40 + n * HEIGHT)),
    `<text class="quiet" x="16" y="${height - 10}">${escaped(`Lower is better. ${machine}`)}</text>`,
    '</svg>\n',
  ].join('\n');
}

function panel({ label, results }, top) {
  const points = results.flatMap(({ curve }) => curve);
  const x = scale(
    points.map(({ queries }) => queries),
    LEFT,
    WIDTH - RIGHT,
  );
  const y = scale(
    points.map(({ median }) => median),
    top + HEIGHT - BOTTOM,
    top + TOP,
  );
  const batches = [...new Set(points.map(({ queries }) => queries))].filter((each) => /^[1248]0*$/.test(`${each}`));
  return [
    `<text class="group" x="16" y="${top + 18}">${escaped(label)}</text>`,
    ...batches.flatMap((each) => [
      `<path class="axis" d="M${x(each)} ${top + TOP}V${top + HEIGHT - BOTTOM}"/>`,
      `<text x="${x(each)}" y="${top + HEIGHT - BOTTOM + 16}" text-anchor="middle">${each.toLocaleString('en')}</text>`,
    ]),
    `<text class="quiet" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${top + HEIGHT - 12}" text-anchor="middle">queries in a batch</text>`,
    ...ticks(points.map(({ median }) => median)).flatMap((each) => [
      `<path class="axis" d="M${LEFT} ${y(each)}H${WIDTH - RIGHT}"/>`,
      `<text x="${LEFT - 6}" y="${Number(y(each)) + 4}" text-anchor="end">${duration(each)}</text>`,
    ]),
    ...results.map(({ curve }, n) => {
      const line = curve.map(({ queries, median }, at) => `${at === 0 ? 'M' : 'L'}${x(queries)} ${y(median)}`).join('');
      const dashes = n % 2 === 1 ? ' stroke-dasharray="5 3"' : '';
      return `<path class="line" stroke="${STROKES[(n >> 1) % STROKES.length]}"${dashes} d="${line}"/>`;
    }),
    ...names(results, y),
  ];
}

/** The name of each line at its right end, moved down where two would meet. */
function names(results, y) {
  const ends = results
    .map(({ contender, curve }, n) => ({ contender, n, at: Number(y(curve.at(-1).median)) }))
    .sort((a, b) => a.at - b.at);
  let free = Number.NEGATIVE_INFINITY;
  return ends.map(({ contender, n, at }) => {
    free = Math.max(at, free + LINE);
    const name = contender.replace(/^kindred /, '');
    return `<text x="${WIDTH - RIGHT + 8}" y="${free + 4}" style="fill:${STROKES[(n >> 1) % STROKES.length]}">${escaped(name)}</text>`;
  });
}

function scale(values, from, to) {
  const [least, most] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
  const span = most - least || 1;
  return (value) => (from + ((Math.log(value) - least) / span) * (to - from)).toFixed(1);
}

/** 1, 2 and 5 times each power of ten within the range. */
function ticks(values) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const found = [];
  for (let power = Math.floor(Math.log10(least)); power <= Math.log10(most); power++) {
    for (const digit of [1, 2, 5]) {
      const value = digit * 10 ** power;
      if (value >= least && value <= most) found.push(value);
    }
  }
  return found;
}
