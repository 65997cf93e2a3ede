/** Whether an answer that grows with the data fits into memory, asked before it is filled. */
import { type ErrorCode, KindredError } from '../errors.js';

/** A heap that nobody tells the limit of. */
const HEAP_BYTES = 2 ** 30;

/**
 * Bytes of the JavaScript heap that the objects of one answer may take: what is left of it, and half of it at most, since whoever
 * asked has to hold more than that.
 * @param taken by this answer already
 */
function heapRoom(taken: number): number {
  const heap = globalThis.process?.getBuiltinModule?.('v8')?.getHeapStatistics();
  if (heap) return Math.max(0, Math.min(heap.heap_size_limit / 2, heap.heap_size_limit - heap.used_heap_size + taken));
  const { memory } = performance as { memory?: { jsHeapSizeLimit: number } };
  return (memory?.jsHeapSizeLimit ?? HEAP_BYTES) / 2;
}

/** Bytes of memory that the arrays of one answer may take; infinite where nobody tells. */
function arrayRoom(): number {
  const { process } = globalThis;
  return process?.availableMemory?.() ?? process?.getBuiltinModule?.('os')?.freemem() ?? Number.POSITIVE_INFINITY;
}

/** Refuses an answer in typed arrays that memory has no room for. @param what it would be, and what to ask instead */
export function checkArrays(bytes: number, code: ErrorCode, what: () => string): void {
  // So little is there, or nothing else is either.
  if (bytes < 2 ** 26) return;
  const room = arrayRoom();
  if (bytes > room) throw tooLarge(bytes, room, code, what());
}

/** Refuses an answer of so many objects that the heap has no room for. @param taken by those that are there already */
export function checkObjects(count: number, bytesEach: number, code: ErrorCode, what: () => string, taken = 0): void {
  if (count * bytesEach < 2 ** 23) return;
  const room = heapRoom(taken);
  if (count * bytesEach > room) throw tooLarge(count * bytesEach, room, code, what());
}

function tooLarge(bytes: number, room: number, code: ErrorCode, what: string): KindredError {
  const mebibytes = (size: number) => `${Math.ceil(size / 2 ** 20)} MiB`;
  return new KindredError(code, `${what}, which takes ${mebibytes(bytes)} of memory, and ${mebibytes(room)} are left`);
}
