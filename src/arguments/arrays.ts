/** Typed arrays as arguments: that they are what they look like, and that their memory is still there. */
import { KindredError } from '../errors.js';

/** Any typed array of numbers. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** Not so a Proxy of one, which `instanceof` takes for it: no method works on that. Neither a DataView nor BigInts. */
export function isNumberArray(value: unknown): value is NumberArray {
  return ArrayBuffer.isView(value) && !/^(DataView|Big)/.test(kindOf(value));
}

/** What all typed arrays inherit from. */
const TYPED_ARRAY = Object.getPrototypeOf(Uint8Array) as new () => object;

/** Also of a Proxy of one, which is not what it seems. Throws what such a Proxy may throw. */
export function isTypedArrayByClass(value: unknown): boolean {
  return (value as object) instanceof TYPED_ARRAY;
}

/** Also of a Proxy, unless it was revoked: then nobody can tell. */
export function isArray(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/** The name of its class, such as `Uint8Array`, whichever realm it comes from. */
export function kindOf(value: ArrayBufferView): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/**
 * The memory of a transferred array is gone, and of one over a buffer that has shrunk: it would pass for an empty one.
 * @throws KindredError INVALID_ARGUMENT
 */
export function refuseDetached(array: ArrayBufferView & { readonly length: number }, name: string): void {
  if (array.length > 0) return;
  try {
    // Of all that can be asked for, the cheapest that does not answer for memory that is gone.
    Uint8Array.prototype.keys.call(array as Uint8Array);
  } catch (cause) {
    const message = `the memory of ${name} is gone: it was transferred to another thread, or its buffer has shrunk`;
    throw new KindredError('INVALID_ARGUMENT', message, { cause });
  }
}
