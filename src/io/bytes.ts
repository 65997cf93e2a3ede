/** Numbers from bytes of either endianness, without a copy where the platform allows. */
import { KindredError } from '../errors.js';

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** The letter with which `.npy` files name this platform's byte order. */
export const HOST_BYTE_ORDER = HOST_IS_LITTLE_ENDIAN ? '<' : '>';

/** `count` float32 from `offset` on: a view of `bytes` if aligned and in the platform's order, else a copy. */
export function float32At(bytes: Uint8Array, offset: number, count: number, littleEndian: boolean): Float32Array {
  const start = bytes.byteOffset + offset;
  if (littleEndian === HOST_IS_LITTLE_ENDIAN && start % 4 === 0) return new Float32Array(bytes.buffer, start, count);
  const view = new DataView(bytes.buffer, start, count * 4);
  return Float32Array.from({ length: count }, (_, i) => view.getFloat32(i * 4, littleEndian));
}

/** As `float32At`, for float64. */
export function float64At(bytes: Uint8Array, offset: number, count: number, littleEndian: boolean): Float64Array {
  const start = bytes.byteOffset + offset;
  if (littleEndian === HOST_IS_LITTLE_ENDIAN && start % 8 === 0) return new Float64Array(bytes.buffer, start, count);
  const view = new DataView(bytes.buffer, start, count * 8);
  return Float64Array.from({ length: count }, (_, i) => view.getFloat64(i * 8, littleEndian));
}

/** @throws KindredError INVALID_ARGUMENT if a caller without types passes anything but bytes. */
export function requireBytes(bytes: unknown, reader: string): asserts bytes is Uint8Array {
  if (bytes instanceof Uint8Array) return;
  throw new KindredError('INVALID_ARGUMENT', `${reader} expects a Uint8Array (or Buffer), got ${typeof bytes}`);
}
