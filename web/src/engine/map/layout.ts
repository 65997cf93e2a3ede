/** A picture of rows in the plane: UMAP, from kindred's exact neighbours. */
import { UMAP } from 'umap-js';
import type { Task } from '../calls.js';

/** How often the picture is shown while it settles. */
const FRAME_MS = 60;

/** Of each row the places of its nearest others and how far they are, `k` each, nearest first. */
export interface NearestRows {
  readonly rows: number;
  readonly k: number;
  readonly counts: Uint32Array;
  readonly positions: Uint32Array;
  readonly distances: Float64Array;
}

export interface Frame {
  /** x and y of each row, from 0 to 1. */
  readonly points: Float32Array;
  /** From 0 to 1. */
  readonly done: number;
}

export const layoutTasks = {
  /** Lays the rows out, and shows how on the way. */
  layOut: (async (nearest, report) => {
    if (nearest.rows < 3) return new Float32Array(nearest.rows * 2).fill(0.5);
    const umap = new UMAP({ nNeighbors: nearest.k + 1, minDist: 0.15, random: seeded(7) });
    const { indices, distances } = listsOf(nearest);
    umap.setPrecomputedKNN(indices, distances);
    // It looks at the neighbours that it was given, never at these.
    const epochs = umap.initializeFit(indices.map((_, row) => [row]));
    let shown = performance.now();
    for (let epoch = 0; epoch < epochs; epoch++) {
      umap.step();
      if (performance.now() - shown < FRAME_MS) continue;
      report({ points: toUnitSquare(umap.getEmbedding()), done: (epoch + 1) / epochs });
      await new Promise((resolve) => setTimeout(resolve));
      shown = performance.now();
    }
    return toUnitSquare(umap.getEmbedding());
  }) satisfies Task<NearestRows, Float32Array, Frame>,
};

/** As UMAP wants them: a row is its own first neighbour, and all lists are equally long. */
function listsOf({ rows, k, counts, positions, distances }: NearestRows) {
  const lists = { indices: [] as number[][], distances: [] as number[][] };
  for (let row = 0; row < rows; row++) {
    const near = [row, ...positions.subarray(row * k, row * k + counts[row])];
    const far = [0, ...distances.subarray(row * k, row * k + counts[row])];
    while (near.length <= k) {
      near.push(row);
      far.push(far[far.length - 1]);
    }
    lists.indices.push(near);
    lists.distances.push(far);
  }
  return lists;
}

/** Numbers from 0 to 1 that are the same each time: mulberry32, by Tommy Ettinger. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function toUnitSquare(points: readonly (readonly number[])[]): Float32Array {
  const box = [0, 1].map((axis) => {
    const values = points.map((point) => point[axis]);
    return { low: Math.min(...values), high: Math.max(...values) };
  });
  const extent = Math.max(...box.map(({ low, high }) => high - low)) || 1;
  const flat = new Float32Array(points.length * 2);
  for (const [n, point] of points.entries()) {
    for (const axis of [0, 1]) {
      const { low, high } = box[axis];
      flat[2 * n + axis] = 0.5 + (point[axis] - (low + high) / 2) / extent;
    }
  }
  return flat;
}
