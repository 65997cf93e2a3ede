/** CRC-32, the checksum of every file: the one of zip, gzip and PNG (polynomial 0x04c11db7, reflected). */

type Crc32 = (bytes: Uint8Array, start?: number) => number;

/**
 * The CRC-32 of `bytes`, an unsigned integer. `start` is the checksum of what came before them (0 if nothing), so that a long
 * text can be summed in pieces. Node's zlib computes the same number faster and is used where it is there.
 */
export const crc32: Crc32 = zlibCrc32() ?? plainCrc32;

/** Eight bytes a step, with one table for each of them (Kounavis and Berry, 2005, "slicing by 8"). */
export function plainCrc32(bytes: Uint8Array, start = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables();
  let crc = ~start;
  let at = 0;
  for (; at + 8 <= bytes.length; at += 8) {
    const word = crc ^ (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24));
    crc =
      t7[word & 0xff] ^
      t6[(word >>> 8) & 0xff] ^
      t5[(word >>> 16) & 0xff] ^
      t4[word >>> 24] ^
      t3[bytes[at + 4]] ^
      t2[bytes[at + 5]] ^
      t1[bytes[at + 6]] ^
      t0[bytes[at + 7]];
  }
  for (; at < bytes.length; at++) crc = t0[(crc ^ bytes[at]) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

let made: Uint32Array[] | undefined;

/** Table `t` holds what a byte does to the sum `t` bytes later. Made on first use: programs without files need none. */
function tables(): Uint32Array[] {
  made ??= makeTables();
  return made;
}

function makeTables(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    return crc;
  });
  const all = [first];
  for (let t = 1; t < 8; t++) all.push(all[t - 1].map((crc) => (crc >>> 8) ^ first[crc & 0xff]));
  return all;
}

function zlibCrc32(): Crc32 | undefined {
  try {
    const crc = globalThis.process?.getBuiltinModule?.('zlib')?.crc32;
    return typeof crc === 'function' ? (bytes, start = 0) => crc(bytes, start) : undefined;
  } catch {
    return undefined;
  }
}
