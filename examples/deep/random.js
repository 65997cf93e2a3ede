/** Random numbers from 0 to 1 that are the same on every run: xorshift (Marsaglia, Journal of Statistical Software, 2003). */
export function randomFrom(seed) {
  let state = (seed + 1) * 0x9e3779b1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
