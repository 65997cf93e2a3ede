/** One question for every backend: the page asks it here, and the build asks it of Node. Integer arithmetic makes it. */

export const ROWS = 20_000;
export const DIM = 384;
export const QUERIES = 20;
export const K = 10;

/**
 * Rows around 200 centres, as embeddings lie.
 * @returns {Float32Array} ROWS x DIM
 */
export function makeRows() {
  return around(ROWS, 1);
}

/** @returns {Float32Array} QUERIES x DIM */
export function makeQueries() {
  return around(QUERIES, 2);
}

/** @param {number} rows @param {number} seed */
function around(rows, seed) {
  const centres = noise(200 * DIM, 99);
  const own = noise(rows * DIM, seed);
  for (let n = 0; n < own.length; n++) own[n] = centres[(Math.floor(n / DIM) % 200) * DIM + (n % DIM)] + own[n] / 2;
  return own;
}

/**
 * From -1 to 1 in steps of 2^-15, by xorshift (Marsaglia, Journal of Statistical Software, 2003).
 * @param {number} count @param {number} seed
 */
function noise(count, seed) {
  let state = seed * 2654435769;
  const numbers = new Float32Array(count);
  for (let n = 0; n < count; n++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    numbers[n] = (state >> 16) / 32768;
  }
  return numbers;
}

/**
 * FNV-1a over the bytes of all places and scores: one bit more or less gives another text.
 * @param {Uint32Array} positions @param {Float64Array} scores
 */
export function fingerprint(positions, scores) {
  let hash = 0xcbf29ce484222325n;
  for (const array of [positions, scores]) {
    for (const byte of new Uint8Array(array.buffer, array.byteOffset, array.byteLength)) {
      hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
    }
  }
  return hash.toString(16).padStart(16, '0');
}
