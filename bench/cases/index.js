/** All cases, in the order they run. */
import { als } from './als.js';
import { batch } from './batch.js';
import { ease } from './ease.js';
import { encode } from './encode.js';
import { files } from './files.js';
import { duplicates, graph } from './graph.js';
import { matrix } from './matrix.js';
import { memory } from './memory.js';
import { pair } from './pair.js';
import { query } from './query.js';
import { sparse } from './sparse.js';
import { start } from './start.js';
import { sweep } from './sweep.js';
import { wasm } from './wasm.js';

/**
 * A case is `{ name, about, checked, sizes(options), prepare(size, folder), contenders({ levels, size, threads }) }`,
 * and may have `unit` ('B' where samples are bytes, not seconds). A size is plain data with a `label`. A contender is
 * `{ name, isKindred?, level?, threads?, needs?, isPart?, hold?, open({ size, folder, isQuick }) }`. A peer that does
 * only a part of the work has `isPart`; one held to older instructions says in `hold` to which. Opening gives `{ run, check,
 * units? }`, where `check(answer)` throws if the answer is wrong (and may return a digest of all of it), or `{
 * samples, digest?, curve? }` if it has checked and measured by itself (`curve`: results over queries in a batch). Both may have `work` (bytes, float32 and int8
 * operations that a call cannot do without: limits.js) or `limit: { name, value }`, and a `note` for the table, a
 * text or a function asked last. It throws Unavailable for what this build has not.
 */
export const cases = [
  pair,
  matrix,
  query,
  batch,
  sweep,
  graph,
  duplicates,
  encode,
  wasm,
  files,
  memory,
  sparse,
  als,
  ease,
  start,
];
