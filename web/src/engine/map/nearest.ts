import type { VectorIndex } from 'kindred';
import type { NearestRows } from './layout.js';

const NEIGHBORS = 15;

/** What a map is drawn from: the exact neighbours of every row, in the order of `ids()`. */
export async function nearestRows(index: VectorIndex<string> | VectorIndex<number>): Promise<NearestRows> {
  const rows = index.size;
  const k = Math.max(1, Math.min(NEIGHBORS, rows - 1));
  const { counts, positions, scores } = await index.neighborGraphAsync(k);
  const toDistance = index.metric === 'euclidean' ? (score: number) => -score : (score: number) => 1 - score;
  return { rows, k, counts, positions, distances: scores.map((score) => Math.max(0, toDistance(score))) };
}
