/** Seeded data for the cases, and the raw files in which one process hands it to the next (and to Python). */
import { closeSync, existsSync, openSync, readSync, renameSync, statSync, writeSync } from 'node:fs';
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

/** Clustered vectors come from this many centres, as embeddings of real things do. */
const CLUSTERS = 2000;

/** Directions that a few embedding models put much of every vector's length into. */
const OUTLIERS = 6;
const OUTLIER_FACTOR = 10;

/** The cosine that two anisotropic vectors have on average. */
const MEAN_COSINE = 0.7;

/**
 * What vectors can be made of. Each maker takes a dimension and gives a function that fills one row, in place, from a
 * source of random numbers; what all rows share comes from a source of its own.
 */
const MAKERS = {
  /** A gaussian centre plus as much gaussian noise. */
  clustered(dim) {
    const source = new Random(42);
    const centres = Float32Array.from({ length: CLUSTERS * dim }, () => source.gaussian());
    return (row, random) => {
      const centre = random.below(CLUSTERS) * dim;
      for (let j = 0; j < dim; j++) row[j] = centres[centre + j] + random.gaussian();
    };
  },
  /** No structure at all: the hardest for any search, the easiest to encode. */
  gaussian: (dim) => (row, random) => {
    for (let j = 0; j < dim; j++) row[j] = random.gaussian();
  },
  /** Clustered, but all in one narrow cone. */
  anisotropic(dim) {
    const fill = MAKERS.clustered(dim);
    const source = new Random(43);
    const shared = Float64Array.from({ length: dim }, () => source.gaussian());
    // Elements of clustered rows have a variance of 2.
    const squares = shared.reduce((sum, each) => sum + each * each, 0);
    const factor = Math.sqrt(((MEAN_COSINE / (1 - MEAN_COSINE)) * 2 * dim) / squares);
    return (row, random) => {
      fill(row, random);
      for (let j = 0; j < dim; j++) row[j] += factor * shared[j];
    };
  },
  /** Clustered, but a few dimensions are ten times as large as the others, and never near 0. */
  outliers(dim) {
    const fill = MAKERS.clustered(dim);
    const source = new Random(44);
    const places = Array.from({ length: Math.min(OUTLIERS, dim) }, () => source.below(dim));
    const means = places.map(() => (source.unit() < 0.5 ? -1 : 1));
    return (row, random) => {
      fill(row, random);
      for (const [n, place] of places.entries()) row[place] = OUTLIER_FACTOR * (row[place] + means[n]);
    };
  },
};

export const DATA_KINDS = Object.keys(MAKERS);

/**
 * `rows x dim` float32 of one kind, each row divided by its length, so that peers which offer only the dot compute the
 * cosine. `stream` gives other rows of the same distribution: the queries.
 */
export function vectorsOf(kind, rows, dim, stream = 0) {
  const fill = MAKERS[kind](dim);
  const random = new Random(1000 + stream);
  const data = new Float32Array(rows * dim);
  for (let start = 0; start < data.length; start += dim) {
    const row = data.subarray(start, start + dim);
    fill(row, random);
    let squares = 0;
    for (let j = 0; j < dim; j++) squares += row[j] * row[j];
    const factor = 1 / Math.sqrt(squares);
    for (let j = 0; j < dim; j++) row[j] *= factor;
  }
  return data;
}

/**
 * Ratings with the skew of a film catalogue: the item of popularity rank r is drawn in proportion to 1 / (r + 40), a
 * user's number of ratings is log-normal (at least 20, at most 40 % of the items), no item twice for a user, values 1
 * to 5.
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

/** One system call moves less than 2 GiB. */
const BLOCK_BYTES = 2 ** 30;

/** The raw bytes of a typed array, whole or not there at all. */
export function writeRaw(folder, name, array) {
  const path = join(folder, name);
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const file = openSync(`${path}.part`, 'w');
  let done = 0;
  while (done < bytes.length) done += writeSync(file, bytes, done, Math.min(bytes.length - done, BLOCK_BYTES), done);
  closeSync(file);
  renameSync(`${path}.part`, path);
}

/**
 * A typed array of the file's bytes, alone in its buffer: some peers ignore byteOffset. `count` reads only so many
 * elements.
 */
export function readRaw(folder, name, ArrayType, count) {
  const path = join(folder, name);
  const array = new ArrayType(count ?? statSync(path).size / ArrayType.BYTES_PER_ELEMENT);
  const bytes = new Uint8Array(array.buffer);
  const file = openSync(path, 'r');
  let done = 0;
  while (done < bytes.length) {
    const read = readSync(file, bytes, done, Math.min(bytes.length - done, BLOCK_BYTES), done);
    if (read === 0) throw new Error(`${name} ends after ${done} bytes where ${bytes.length} are wanted`);
    done += read;
  }
  closeSync(file);
  return array;
}

/** Writes the vectors unless an earlier case has, and names the file. */
export function writeVectors(folder, { rows, dim, data = 'clustered' }, stream = 0) {
  const name = `vectors-${data}-${rows}x${dim}-${stream}.f32`;
  if (!existsSync(join(folder, name))) writeRaw(folder, name, vectorsOf(data, rows, dim, stream));
  return name;
}
