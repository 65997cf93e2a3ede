/** Statements that are prepared once, and the small conversions between rows and what the contract speaks of. */
import type { StoredEvent } from '../../schema/behaviour.js';
import type { Database, Statement } from './driver.js';

/** Gives the statement of a text, prepared at its first use. */
export type Prepare = (sql: string) => Statement;

export function preparing(database: Database): Prepare {
  const statements = new Map<string, Statement>();
  return (sql) => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
}

export interface EventRow {
  readonly seq: number;
  readonly user: string;
  readonly item: string;
  readonly type: string;
  readonly value: number;
  readonly time: number;
  readonly recomm_id: string | null;
}

export const EVENT_COLUMNS = 'seq, user, item, type, value, time, recomm_id';

export function eventOf({ recomm_id: recommId, ...event }: EventRow): StoredEvent {
  return recommId === null ? { ...event } : { ...event, recommId };
}

/** Bytes as SQLite takes them. */
export function bytesOf(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

/** A copy, because a blob may lie at any address. */
export function vectorOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer);
}
