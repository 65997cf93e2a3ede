/** Workers that only some visitors need. Their scripts are part of the page's own, so nothing is fetched for them. */
import { Engine } from './calls.js';
import type { Frame, NearestRows } from './map/layout.js';
import type { LayoutTasks } from './map/layout-worker.js';
import type { ParquetTasks } from './parquet-worker.js';

/** Each map has a worker, which ends with it. */
export async function layOut(nearest: NearestRows, onFrame: (frame: Frame) => void): Promise<Float32Array> {
  const { default: LayoutWorker } = await import('./map/layout-worker.js?worker&inline');
  const worker = new LayoutWorker();
  try {
    return await new Engine<LayoutTasks>(worker).ask('layOut', nearest, onFrame);
  } finally {
    worker.terminate();
  }
}

/** A damaged file can keep its reader busy for ever. */
const PARQUET_MS = 60_000;

/** The rows of a Parquet file as JSON Lines. */
export async function jsonLinesOf(file: ArrayBuffer): Promise<Uint8Array<ArrayBuffer>> {
  const { default: ParquetWorker } = await import('./parquet-worker.js?worker&inline');
  const worker = new ParquetWorker();
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('reading took more than a minute; is the file damaged?')), PARQUET_MS);
  });
  try {
    return await Promise.race([new Engine<ParquetTasks>(worker).ask('toJsonLines', { file }), late]);
  } finally {
    worker.terminate();
  }
}
