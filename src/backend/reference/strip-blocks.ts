/** An encoding in parts, so that no turn of the event loop copies much of it. */
import type { Encoding } from '../contract/backend.js';

const STRIP_ROWS = 32;
const BLOCK_BYTES = 1 << 21;

/** The strips of each part: from the first to behind the last, in order. At least one part, be it of none. */
export function* stripBlocks({
  mean,
  rows,
}: Pick<Encoding, 'mean' | 'rows'>): Generator<[first: number, last: number]> {
  const strips = rows / STRIP_ROWS;
  const step = Math.max(1, Math.floor(BLOCK_BYTES / (STRIP_ROWS * mean.length)));
  for (let first = 0; first === 0 || first < strips; first += step) yield [first, Math.min(strips, first + step)];
}
