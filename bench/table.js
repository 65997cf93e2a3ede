/** Results as lines of text. */

/** A table of one case at one size: median, spread, and the time relative to the first row that has one. */
export function table(results) {
  const base = results.find((each) => each.median_s !== undefined);
  const rows = results.map((each) => {
    if (each.error !== undefined) return [each.contender, 'FAILED', '', '', each.error];
    return [
      each.contender,
      duration(each.median_s),
      `±${(each.spread * 100).toFixed(each.spread < 0.1 ? 1 : 0)} %`,
      (each.median_s / base.median_s).toFixed(2),
      each.samples < 5 ? `${each.samples} sample${each.samples === 1 ? '' : 's'}` : '',
    ];
  });
  return [['', 'median', 'spread', 'ratio', ''], ...rows].map(alignedAs(rows));
}

function alignedAs(rows) {
  const width = Math.max(...rows.map(([name]) => name.length));
  return ([name, median, spread, ratio, remark]) =>
    `  ${name.padEnd(width)}  ${median.padStart(10)}  ${spread.padStart(7)}  ${ratio.padStart(8)}  ${remark}`.trimEnd();
}

/** Three digits and a unit, from nanoseconds to seconds. */
export function duration(seconds) {
  const [factor, unit] =
    seconds < 1e-6 ? [1e9, 'ns'] : seconds < 1e-3 ? [1e6, 'µs'] : seconds < 1 ? [1e3, 'ms'] : [1, 's'];
  const value = seconds * factor;
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${unit}`;
}
