/** All cases, in the order they run. */
import { batch } from './batch.js';
import { matrix } from './matrix.js';
import { pair } from './pair.js';
import { query } from './query.js';
import { sparse } from './sparse.js';
import { start } from './start.js';

/**
 * A case is `{ name, about, checked, sizes(isQuick), prepare(size, folder), contenders({ levels, size }) }`. A size is
 * plain data with a `label`. A contender is `{ name, isKindred?, needs?, open({ size, folder, isQuick }) }`; opening gives
 * `{ run, check, units? }`, where `check(answer)` throws if the answer is wrong (and may return a digest of all of it), or
 * `{ samples }` in seconds if it has checked and measured by itself.
 */
export const cases = [pair, matrix, query, batch, sparse, start];
