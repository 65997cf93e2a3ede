/** Results as lines of text. */

/**
 * A table of one case at one size: median, spread, the time relative to the first row that has one, to the limit, and
 * how many times as long the best peer takes.
 */
export function table(results) {
  const base = results.find((each) => each.median !== undefined);
  const rows = results.map((each) => {
    if (each.error !== undefined) return [each.contender, 'FAILED', '', '', '', '', each.error];
    if (each.unavailable !== undefined) return [each.contender, '-', '', '', '', '', each.unavailable];
    return [
      each.contender,
      amount(each.median, each.unit),
      `±${(each.spread * 100).toFixed(each.spread < 0.1 ? 1 : 0)} %`,
      (each.median / base.median).toFixed(2),
      each.limit === undefined ? '-' : `${threeDigits(each.limit.ratio)} x ${each.limit.name}`,
      each.bestPeer === undefined ? '' : `${threeDigits(each.bestPeer.ratio)} x ${each.bestPeer.contender}`,
      [each.note, each.samples < 5 && each.unit === 's' ? few(each.samples) : ''].filter(Boolean).join('; '),
    ];
  });
  const head = ['', base?.unit === 'B' ? 'size' : 'median', 'spread', 'ratio', 'limit', "peers' best", ''];
  return [head, ...rows].map(alignedAs(rows));
}

/**
 * The peer that takes least for the whole of the work on as many threads, for each kindred result that has one.
 * Results of AVX2 are compared with peers held to AVX2, where there are any.
 */
export function withBestPeers(results) {
  const isAvx2 = ({ level }) => /^native\/avx2/.test(level ?? '');
  const peers = results.filter(({ isKindred, isPart, median }) => !isKindred && !isPart && median !== undefined);
  return results.map((own) => {
    if (!own.isKindred || own.median === undefined) return own;
    const held = isAvx2(own) ? peers.filter(({ hold }) => hold === 'avx2') : [];
    const [best] = (held.length > 0 ? held : peers.filter(({ hold }) => hold === undefined))
      .filter(({ threads = 1 }) => threads === (own.threads ?? 1))
      .sort((a, b) => a.median - b.median);
    if (best === undefined) return own;
    return { ...own, bestPeer: { contender: best.contender, ratio: best.median / own.median } };
  });
}

function few(samples) {
  return `${samples} sample${samples === 1 ? '' : 's'}`;
}

function alignedAs(rows) {
  const widthOf = (column) => Math.max(...rows.map((row) => row[column].length));
  const [name, limit, peer] = [widthOf(0), Math.max(widthOf(4), 5), Math.max(widthOf(5), 11)];
  return (row) =>
    `  ${row[0].padEnd(name)}  ${row[1].padStart(10)}  ${row[2].padStart(7)}  ${row[3].padStart(8)}  ` +
    `${row[4].padStart(limit)}  ${row[5].padEnd(peer)}  ${row[6]}`.trimEnd();
}

/** What one sample is: seconds or bytes. */
export function amount(value, unit = 's') {
  return unit === 'B' ? `${threeDigits(value)} B` : duration(value);
}

/** Three digits and a unit, from nanoseconds to seconds. */
export function duration(seconds) {
  const [factor, unit] =
    seconds < 1e-6 ? [1e9, 'ns'] : seconds < 1e-3 ? [1e6, 'µs'] : seconds < 1 ? [1e3, 'ms'] : [1, 's'];
  return `${threeDigits(seconds * factor)} ${unit}`;
}

export function threeDigits(value) {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}
