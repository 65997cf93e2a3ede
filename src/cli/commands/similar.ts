/** `kindred similar`: the nearest of one item, user or row, itself left out. */
import { contentOf, type FileKind, holdsInteractions, isIndex, kindByName, kindOf } from '../input/file-kinds.js';
import { itemNamed, userNamed } from '../input/interaction-ids.js';
import { openSource, type Source } from '../input/source.js';
import { INTERACTION_OPTIONS, refuseOptions, TRAINING_OPTIONS, VECTOR_OPTIONS } from '../input/unused-options.js';
import { TEXT_DELIMITERS } from '../interactions/read-interactions.js';
import { namesInteractions } from '../interactions/table-head.js';
import type { Output } from '../output/output.js';
import type { ProgressLine } from '../output/progress-line.js';
import { type CorpusOptions, openCorpus } from './corpus.js';
import { getModel, type LearningOptions } from './get-model.js';

export interface SimilarCommandOptions extends LearningOptions, CorpusOptions {
  readonly k: number;
  readonly users?: boolean;
  readonly json?: boolean;
}

interface Answer {
  readonly kind: 'items' | 'users' | 'rows';
  readonly id: string | number;
  readonly results: readonly { id: string | number; row?: number; score: number; distance?: number | undefined }[];
  readonly columns?: object | undefined;
}

export async function similar(
  file: string,
  id: string,
  options: SimilarCommandOptions,
  { print, progress }: Output,
): Promise<void> {
  kindByName(file, options.format);
  const source = await openSource(file, progress);
  const kind = kindIn(source, options);
  const ofModel = holdsInteractions(kind) || (kind === 'kindred' && !isIndex(source));
  const answer = await (ofModel ? similarIds : similarRows)(source, kind, id, options, progress);
  progress.done();
  if (options.json) {
    print.json({ file, ...answer });
    return;
  }
  print.heading(`${answer.kind} like ${answer.id}`);
  print.ranking(answer.results.map((result) => ({ name: result.id, score: result.score, distance: result.distance })));
}

/** Text holds interactions if its first line says so. */
function kindIn(source: Source, options: SimilarCommandOptions): FileKind {
  const kind = kindOf(source, options.format);
  if (kind !== 'text') return kind;
  const start = new TextDecoder().decode(source.head);
  const names = [options.userColumn, options.itemColumn, options.delimiter, options.header, options.model];
  const isMeant = names.some((option) => option !== undefined);
  return isMeant || namesInteractions(start, TEXT_DELIMITERS) ? 'table' : 'text';
}

async function similarIds(
  source: Source,
  kind: FileKind,
  id: string,
  options: SimilarCommandOptions,
  progress: ProgressLine,
): Promise<Answer> {
  const file = source.path;
  const found = kind === 'kindred' ? 'a trained model' : contentOf(kind);
  refuseOptions(options, VECTOR_OPTIONS, (option) => `${file} holds ${found}; ${option} is for files of vectors`);
  const { model, columns } = await getModel(file, options, 'item-knn', progress, source);
  if (options.users) {
    const user = userNamed(model.interactions, id, file);
    const results = model.similarUsers(user, options.k).map(({ user, score }) => ({ id: user, score }));
    return { kind: 'users', id, results, columns };
  }
  const item = itemNamed(model.interactions, id, file);
  const results = model.similarItems(item, options.k).map(({ item, score }) => ({ id: item, score }));
  return { kind: 'items', id, results, columns };
}

async function similarRows(
  source: Source,
  _: FileKind,
  id: string,
  options: SimilarCommandOptions,
  progress: ProgressLine,
): Promise<Answer> {
  const only = ['users', ...TRAINING_OPTIONS, ...INTERACTION_OPTIONS];
  refuseOptions(options, only, (option) => `${option} needs interactions; ${source.path} holds vectors`);
  const corpus = await openCorpus(source, options, progress);
  const own = corpus.idOf(id);
  const hits = corpus.index().neighbors(own, options.k);
  return { kind: 'rows', id: corpus.named({ id: own }).id, results: hits.map((hit) => corpus.named(hit)) };
}
