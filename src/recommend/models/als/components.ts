/** Which items have anything to do with each other: of others a model of factors has learned nothing but noise. */
import type { SparseRows } from '../../../backend/contract/backend.js';

/**
 * For each item a number that it shares with exactly those items that it hangs together with, by users who have two of
 * them, over any number of steps. Entries of value 0 connect nothing.
 */
export function componentsOf({ rows, columns, indptr, indices, values }: SparseRows): Uint32Array {
  const parent = Uint32Array.from({ length: columns }, (_, item) => item);
  const rootOf = (item: number): number => {
    let root = item;
    while (parent[root] !== root) {
      parent[root] = parent[parent[root]];
      root = parent[root];
    }
    return root;
  };
  for (let user = 0; user < rows; user++) {
    let first = -1;
    for (let entry = indptr[user]; entry < indptr[user + 1]; entry++) {
      if (!(values[entry] > 0)) continue;
      const root = rootOf(indices[entry]);
      if (first < 0) first = root;
      else parent[root] = first;
    }
  }
  return parent.map((_, item) => rootOf(item));
}
