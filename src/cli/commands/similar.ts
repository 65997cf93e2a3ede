/** `kindred similar`: the nearest of one item, user or row, itself left out. */
import { KindredError, VectorIndex } from '../../index.js';
import { itemNamed, userNamed } from '../input/interaction-ids.js';
import { holdsInteractions, holdsModel } from '../input/read-bytes.js';
import { readVectors, type VectorFileOptions } from '../input/read-vectors.js';
import type { Output } from '../output/output.js';
import type { ProgressLine } from '../output/progress-line.js';
import { getModel, type LearningOptions } from './get-model.js';

export interface SimilarCommandOptions extends LearningOptions, VectorFileOptions {
  readonly k: number;
  readonly users?: boolean;
  readonly metric: 'cosine' | 'dot' | 'euclidean';
  readonly json?: boolean;
}

interface Answer {
  readonly kind: 'items' | 'users' | 'rows';
  readonly id: string | number;
  readonly results: readonly { id: string | number; row?: number; score: number; distance?: number | undefined }[];
}

export async function similar(
  file: string,
  id: string,
  options: SimilarCommandOptions,
  { print, progress }: Output,
): Promise<void> {
  const ofModel = holdsInteractions(file) || holdsModel(file);
  const answer = await (ofModel ? similarIds : similarRows)(file, id, options, progress);
  progress.done();
  if (options.json) {
    print.json({ file, ...answer });
    return;
  }
  print.heading(`${answer.kind} like ${answer.id}`);
  print.ranking(answer.results.map((result) => ({ name: result.id, score: result.score, distance: result.distance })));
}

async function similarIds(
  file: string,
  id: string,
  options: SimilarCommandOptions,
  progress: ProgressLine,
): Promise<Answer> {
  const { model } = await getModel(file, options, 'item-knn', progress);
  if (options.users) {
    const user = userNamed(model.interactions, id, file);
    const results = model.similarUsers(user, options.k).map(({ user, score }) => ({ id: user, score }));
    return { kind: 'users', id, results };
  }
  const item = itemNamed(model.interactions, id, file);
  const results = model.similarItems(item, options.k).map(({ item, score }) => ({ id: item, score }));
  return { kind: 'items', id, results };
}

async function similarRows(
  file: string,
  id: string,
  options: SimilarCommandOptions,
  progress: ProgressLine,
): Promise<Answer> {
  const option = options.users ? '--users' : options.model === undefined ? undefined : '--model';
  if (option) throw new KindredError('INVALID_ARGUMENT', `${option} needs interactions; ${file} holds vectors`);
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
