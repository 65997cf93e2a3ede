/** Numbers as bytes and back. Files are little-endian; platforms need not be. */

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The letter with which `.npy` files name this platform's byte order. */
export const HOST_BYTE_ORDER = HOST_IS_LITTLE_ENDIAN ? '<' : '>';

type TypedArray = ArrayBufferView & { readonly BYTES_PER_ELEMENT: number };

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function setUint64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 2 ** 32, true);
  view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
}

/** Beyond 2^53 the result is rounded, and then larger than any length that can be. */
export function getUint64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}

/** The memory of an array as bytes. */
export function bytesOf(array: TypedArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** The bytes of an array in the order of the file: its own memory where the platform has that order, else a copy. */
export function toFileOrder(array: TypedArray, swap = !HOST_IS_LITTLE_ENDIAN): Uint8Array {
  return swap ? reversedElements(array) : bytesOf(array);
}

/** Turns elements whose memory was filled from a file into the platform's order. */
export function toHostOrder(array: TypedArray, swap = !HOST_IS_LITTLE_ENDIAN): void {
  if (swap) bytesOf(array).set(reversedElements(array));
}

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

function reversedElements(array: TypedArray): Uint8Array {
  const copy = bytesOf(array).slice();
  for (let at = 0; at < copy.length; at += array.BYTES_PER_ELEMENT)
    copy.subarray(at, at + array.BYTES_PER_ELEMENT).reverse();
  return copy;
}
