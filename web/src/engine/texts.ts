/** Words and sections of a manual as vectors: what is near, what completes an analogy, and a map. */
import { VectorIndex } from 'kindred';
import { readNpy } from 'kindred/io';
import type { Task } from './calls.js';
import type { NearestRows } from './map/layout.js';
import { nearestRows } from './map/nearest.js';

export type TextSet = 'words' | 'sections';

export interface Near {
  readonly position: number;
  readonly score: number;
}

/** Questions may come before the vectors: they wait. */
class Arriving {
  take: (index: VectorIndex<number>) => void = () => undefined;
  readonly index = new Promise<VectorIndex<number>>((resolve) => {
    this.take = resolve;
  });
}

const arriving: Readonly<Record<TextSet, Arriving>> = { words: new Arriving(), sections: new Arriving() };
const indexOf = (set: TextSet) => arriving[set].index;

export const textTasks = {
  readTexts: (({ set, npy }) => {
    const index = VectorIndex.from(readNpy(npy));
    arriving[set].take(index);
    return { rows: index.size, dim: index.dim };
  }) satisfies Task<{ set: TextSet; npy: Uint8Array }, { rows: number; dim: number }>,

  near: (async ({ set, position, k }) => {
    const index = await indexOf(set);
    const begun = performance.now();
    const hits = index.neighbors(position, k);
    return {
      hits: hits.map(({ id, score }) => ({ position: id, score })),
      milliseconds: performance.now() - begun,
    };
  }) satisfies Task<{ set: TextSet; position: number; k: number }, { hits: readonly Near[]; milliseconds: number }>,

  /** b - a + c, of unit vectors, as word2vec's authors ask it (3CosAdd); the three words themselves are left out. */
  analogy: (async ({ a, b, c, k }) => {
    const index = await indexOf('words');
    const unit = [a, b, c].map((position) => {
      const row = index.get(position) as Float32Array;
      const length = Math.hypot(...row);
      return row.map((each) => each / length);
    });
    const query = unit[0].map((each, n) => unit[1][n] - each + unit[2][n]);
    return index.search(query, { k, filter: { deny: [a, b, c] } }).map(({ id, score }) => ({ position: id, score }));
  }) satisfies Task<{ a: number; b: number; c: number; k: number }, readonly Near[]>,

  /** The rows themselves, for the picture of how a search works. */
  rowsOf: (async ({ set, positions }) => {
    const index = await indexOf(set);
    return positions.map((position) => index.get(position) as Float32Array);
  }) satisfies Task<{ set: TextSet; positions: readonly number[] }, readonly Float32Array[]>,

  nearestTexts: (async ({ set }) => nearestRows(await indexOf(set))) satisfies Task<{ set: TextSet }, NearestRows>,
};
