/** The worker that reads Parquet, which is loaded when the first such file comes: rows as JSON Lines. */
import { parquetReadObjects } from 'hyparquet';
import { serve, type Task } from './calls.js';

const parquetTasks = {
  toJsonLines: (async ({ file }) => {
    const rows = await parquetReadObjects({ file });
    return new TextEncoder().encode(rows.map((row) => `${JSON.stringify(row, asJson)}\n`).join(''));
  }) satisfies Task<{ file: ArrayBuffer }, Uint8Array<ArrayBuffer>>,
};

export type ParquetTasks = typeof parquetTasks;

serve(parquetTasks);

/** Integers of 64 bits are numbers where that is exact, and texts where not. */
function asJson(_: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}
