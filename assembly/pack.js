/**
 * Bytes as text that may stand in any script: src/backend/wasm/module/unpack.ts reads it. Common bytes take one
 * character and others two, so that a server's gzip finds what repeats; base64 hides it, and is a third larger packed.
 */

/** Printable, and neither a quote, a backslash nor what begins a tag or a placeholder. */
const CHARACTERS = Array.from({ length: 94 }, (_, n) => String.fromCharCode(33 + n)).filter(
  (character) => !'\'"`\\$<'.includes(character),
);
/** The last two characters begin a pair. */
const COMMON = CHARACTERS.length - 2;

/** The common bytes in hexadecimal, and then all bytes. */
export function pack(bytes) {
  const counts = new Uint32Array(256);
  for (const byte of bytes) counts[byte]++;
  const common = [...counts.keys()].sort((a, b) => counts[b] - counts[a] || a - b).slice(0, COMMON);
  const rare = [...counts.keys()].filter((byte) => !common.includes(byte));
  const written = [];
  for (const [n, byte] of common.entries()) written[byte] = CHARACTERS[n];
  for (const [n, byte] of rare.entries()) {
    written[byte] = CHARACTERS[COMMON + Math.floor(n / CHARACTERS.length)] + CHARACTERS[n % CHARACTERS.length];
  }
  const header = Buffer.from(common).toString('hex');
  return header + Array.from(bytes, (byte) => written[byte]).join('');
}
