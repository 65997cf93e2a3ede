/** The small conversions between rows and what the contract speaks of. */
import type { StoredEvent } from '../../schema/behaviour.js';

export interface EventRow {
  readonly seq: number;
  readonly user: string;
  readonly item: string;
  readonly type: string;
  readonly value: number;
  readonly time: number;
  readonly recomm_id: string | null;
}

export const EVENT_COLUMNS = 'seq, "user", item, type, value, time, recomm_id';

export function eventOf({ recomm_id: recommId, ...event }: EventRow): StoredEvent {
  return recommId === null ? { ...event } : { ...event, recommId };
}

export function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Uint8Array): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}

/** A copy, because bytes may lie at any address. */
export function vectorOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer);
}
