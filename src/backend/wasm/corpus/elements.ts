/** Stored elements as bytes: rows of any type enter and leave a memory alike. */
import type { Dtype, Elements } from '../../contract/backend.js';
import { allocate } from '../../reference/elements.js';

/** @throws KindredError INVALID_ARGUMENT if there is no such dtype. */
export function elementBytes(dtype: Dtype): number {
  return allocate(dtype, 0).BYTES_PER_ELEMENT;
}

/** The bytes of an array, where they lie. */
export function bytesOf(elements: Elements): Uint8Array {
  return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
}

/** A copy of bytes as elements. */
export function elementsFrom(bytes: Uint8Array, dtype: Dtype): Elements {
  const elements = allocate(dtype, bytes.length / elementBytes(dtype));
  bytesOf(elements).set(bytes);
  return elements;
}
