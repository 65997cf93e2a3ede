/** `kindred similar`: the nearest of one item, user or row, itself left out. */
import { KindredError, VectorIndex } from '../index.js';
import { ItemKnn } from '../recommend/index.js';
import type { ColumnOptions } from './columns.js';
import { requireItem, requireUser } from './interaction-ids.js';
import { printHeading, printJson, printRanking } from './print.js';
import { Progress } from './progress.js';
import { holdsInteractions, readInteractions, readVectors, type VectorFileOptions } from './read-file.js';

export interface SimilarOptions extends ColumnOptions, VectorFileOptions {
  readonly k: number;
  readonly users?: boolean;
  readonly shrinkage: number;
  readonly metric: 'cosine' | 'dot' | 'euclidean';
  readonly json?: boolean;
}

interface Answer {
  readonly kind: 'items' | 'users' | 'rows';
  readonly id: string | number;
  readonly results: readonly { id: string | number; row?: number; score: number; distance?: number | undefined }[];
}

export async function similar(file: string, id: string, options: SimilarOptions): Promise<void> {
  const progress = new Progress();
  const answer = await (holdsInteractions(file) ? similarIds : similarRows)(file, id, options, progress);
  progress.done();
  if (options.json) {
    printJson({ file, ...answer });
    return;
  }
  printHeading(`${answer.kind} like ${answer.id}`);
  printRanking(answer.results.map((result) => ({ name: result.id, score: result.score, distance: result.distance })));
}

async function similarIds(file: string, id: string, options: SimilarOptions, progress: Progress): Promise<Answer> {
  const { k, shrinkage } = options;
  const interactions = await readInteractions(file, options, progress);
  if (options.users) requireUser(interactions, id, file);
  else requireItem(interactions, id, file);
  // The lists asked for are computed afresh; the model's own need no more than one neighbour.
  const model = ItemKnn.fit(interactions, { neighbors: 1, shrinkage });
  if (options.users) {
    const results = model.similarUsers(id, k).map(({ user, score }) => ({ id: user, score }));
    return { kind: 'users', id, results };
  }
  return { kind: 'items', id, results: model.similarItems(id, k).map(({ item, score }) => ({ id: item, score })) };
}

async function similarRows(file: string, id: string, options: SimilarOptions, progress: Progress): Promise<Answer> {
  if (options.users) throw new KindredError('INVALID_ARGUMENT', `--users needs interactions; ${file} holds vectors`);
  const { vectors, names } = await readVectors(file, options, progress);
  const row = names.rowOf(id);
  const index = VectorIndex.from(vectors.data, { dim: vectors.dim, metric: options.metric });
  const hits = index.neighbors(row, options.k);
  return {
    kind: 'rows',
    id: names.nameOf(row),
    results: hits.map((hit) => ({ ...hit, id: names.nameOf(hit.id), row: hit.id })),
  };
}
