/** One short text for many numbers: equal only if every bit is, except that all NaN count as one. */

/** FNV-1a (Fowler, Noll, Vo) over 32-bit words instead of bytes, twice with different primes. */
export function hashNumbers(values: readonly number[]): string {
  const words = new Uint32Array(
    Float64Array.from(values, (value) => (Number.isNaN(value) ? Number.NaN : value)).buffer,
  );
  let first = 0x811c9dc5;
  let second = 0xcbf29ce4;
  for (let i = 0; i < words.length; i++) {
    first = Math.imul(first ^ words[i], 0x01000193);
    first ^= first >>> 15;
    second = Math.imul(second ^ words[i], 0x85ebca6b);
    second ^= second >>> 13;
  }
  return [first, second].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}
