/** Bytes out of the text that assembly/pack.js made of them. */

/** Printable, and neither a quote, a backslash nor what begins a tag or a placeholder. */
const CHARACTERS = 88;
/** So many bytes are one character; the last two characters begin a pair. */
const COMMON = CHARACTERS - 2;

export function unpack(text: string): Uint8Array<ArrayBuffer> {
  const order = new Set<number>();
  for (let n = 0; n < COMMON; n++) order.add(Number.parseInt(text.slice(2 * n, 2 * n + 2), 16));
  for (let byte = 0; byte < 256; byte++) order.add(byte);
  const bytes = Uint8Array.from(order);

  const places = new Uint8Array(128);
  for (let code = 33, place = 0; code < 127; code++) {
    if (!'\'"`\\$<'.includes(String.fromCharCode(code))) places[code] = place++;
  }
  const out = new Uint8Array(text.length);
  let length = 0;
  for (let i = 2 * COMMON; i < text.length; i++) {
    let place = places[text.charCodeAt(i)];
    if (place >= COMMON) place = COMMON + (place - COMMON) * CHARACTERS + places[text.charCodeAt(++i)];
    out[length++] = bytes[place];
  }
  return out.slice(0, length);
}
