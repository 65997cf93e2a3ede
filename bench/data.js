/** Seeded data for the cases, and the raw files in which one process hands it to the next (and to Python). */
import { closeSync, existsSync, openSync, readSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** 32 random bits at a time: Mulberry32. The same numbers in every engine. */
export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  bits() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** In [0, 1). */
  unit() {
    return this.bits() / 2 ** 32;
  }

  below(limit) {
    return Math.floor(this.unit() * limit);
  }

  /** Near enough to a gaussian: four 16-bit steps added (Irwin-Hall), variance 1. */
  gaussian() {
    const first = this.bits();
    const second = this.bits();
    const sum = (first & 65535) + (first >>> 16) + (second & 65535) + (second >>> 16);
    return (sum - 131070) / 37837.2;
  }
}

/** Vectors come from this many clusters, as embeddings of real things do. */
const CLUSTERS = 2000;

/**
 * `rows x dim` float32: a gaussian centre plus as much gaussian noise, divided by its length, so that peers which offer
 * only the dot compute the cosine. `stream` gives other rows around the same centres: the queries.
 */
export function clusteredVectors(rows, dim, stream = 0) {
  const centreSource = new Random(42);
  const centres = Float32Array.from({ length: CLUSTERS * dim }, () => centreSource.gaussian());
  const random = new Random(1000 + stream);
  const data = new Float32Array(rows * dim);
  for (let start = 0; start < data.length; start += dim) {
    const centre = random.below(CLUSTERS) * dim;
    let squares = 0;
    for (let j = 0; j < dim; j++) {
      const value = centres[centre + j] + random.gaussian();
      data[start + j] = value;
      squares += value * value;
    }
    const factor = 1 / Math.sqrt(squares);
    for (let j = 0; j < dim; j++) data[start + j] *= factor;
  }
  return data;
}

/**
 * Ratings with the skew of a film catalogue: the item of popularity rank r is drawn in proportion to 1 / (r + 40), a user's
 * number of ratings is log-normal (at least 20, at most 40 % of the items), no item twice for a user, values 1 to 5.
 * @returns items x users in CSR, columns ascending: what item-item similarity reads.
 */
export function powerLawRatings({ users, items, ratings }) {
  const random = new Random(7);
  const upTo = new Float64Array(items);
  let total = 0;
  for (let rank = 0; rank < items; rank++) {
    total += 1 / (rank + 40);
    upTo[rank] = total;
  }
  const activity = Float64Array.from({ length: users }, () => Math.exp(random.gaussian()));
  const perUnit = ratings / activity.reduce((sum, each) => sum + each);
  const ceiling = Math.floor(items * 0.4);
  const quality = Float64Array.from({ length: items }, () => 3.4 + 0.6 * random.gaussian());

  const itemColumns = Array.from({ length: items }, () => []);
  const itemValues = Array.from({ length: items }, () => []);
  for (let user = 0; user < users; user++) {
    const wanted = Math.min(ceiling, Math.max(20, Math.round(activity[user] * perUnit)));
    const seen = new Set();
    while (seen.size < wanted) seen.add(firstAbove(upTo, random.unit() * total));
    // Users come in ascending order, so each item's columns ascend too.
    for (const item of seen) {
      itemColumns[item].push(user);
      itemValues[item].push(Math.min(5, Math.max(1, Math.round(quality[item] + random.gaussian()))));
    }
  }
  const indptr = new Uint32Array(items + 1);
  for (let item = 0; item < items; item++) indptr[item + 1] = indptr[item] + itemColumns[item].length;
  return {
    rows: items,
    columns: users,
    indptr,
    indices: Uint32Array.from(itemColumns.flat()),
    values: Float32Array.from(itemValues.flat()),
  };
}

/** The first position whose cumulative weight is above `target`. */
function firstAbove(upTo, target) {
  let low = 0;
  let high = upTo.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (upTo[middle] > target) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The raw bytes of a typed array, whole or not there at all. */
export function writeRaw(folder, name, array) {
  const path = join(folder, name);
  writeFileSync(`${path}.part`, new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  renameSync(`${path}.part`, path);
}

/** A typed array of the file's bytes, alone in its buffer: some peers ignore byteOffset. */
export function readRaw(folder, name, ArrayType) {
  const path = join(folder, name);
  const array = new ArrayType(statSync(path).size / ArrayType.BYTES_PER_ELEMENT);
  const bytes = new Uint8Array(array.buffer);
  const file = openSync(path, 'r');
  let done = 0;
  while (done < bytes.length) done += readSync(file, bytes, done, bytes.length - done, done);
  closeSync(file);
  return array;
}

/** Writes the vectors unless an earlier case has, and names the file. */
export function writeVectors(folder, rows, dim, stream = 0) {
  const name = `vectors-${rows}x${dim}-${stream}.f32`;
  if (!existsSync(join(folder, name))) writeRaw(folder, name, clusteredVectors(rows, dim, stream));
  return name;
}
