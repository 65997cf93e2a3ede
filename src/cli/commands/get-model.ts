/** The model that a command works with: out of a model file, or trained on a file of interactions. */
import { type AnyModel, loadModel, modelFromBytes } from '../../recommend/index.js';
import { type Format, kindByName, kindOf } from '../input/file-kinds.js';
import { type Fusion, fitSpec, readSpec } from '../input/model-spec.js';
import { inFile, openSource, refusalOf, type Source, STDIN } from '../input/source.js';
import { INTERACTION_OPTIONS, refuseOptions, TRAINING_OPTIONS } from '../input/unused-options.js';
import {
  type InteractionFileOptions,
  type ReadInteractions,
  readInteractions,
} from '../interactions/read-interactions.js';
import type { ProgressLine } from '../output/progress-line.js';

export interface LearningOptions extends InteractionFileOptions {
  readonly model?: string;
  readonly fusion?: Fusion;
  readonly neighbors?: number;
  readonly shrinkage?: number;
}

export interface NamedModel {
  /** The specification as typed, or the class of a model out of a file. */
  readonly name: string;
  readonly model: AnyModel;
  /** Which columns it learned from, if it was trained now. */
  readonly columns?: ReadInteractions['columns'] | undefined;
}

/**
 * @param usual the model if none is named.
 * @param opened the file, if it is open.
 */
export async function getModel(
  file: string,
  options: LearningOptions,
  usual: string,
  progress: ProgressLine,
  opened?: Source,
): Promise<NamedModel> {
  const named = kindByName(file, options.format);
  const source = opened ?? (named === undefined ? await openSource(file, progress) : undefined);
  const kind = source === undefined ? named : kindOf(source, options.format);
  if (kind === 'kindred') {
    refuseTrainingOptions(file, options);
    return loadNamed(file, progress, source);
  }
  const { model: text = usual, fusion, neighbors, shrinkage } = options;
  const spec = readSpec(text, fusion, {
    ...(neighbors !== undefined && { neighbors }),
    ...(shrinkage !== undefined && { shrinkage }),
  });
  const read = await readInteractions(file, options, progress, { times: spec.usesTimes, opened: source });
  const { interactions, columns } = read;
  return { name: text, model: await fitSpec(spec, interactions, progress), columns };
}

/** Whether a file holds a model, or an index, by its name. */
export function isSaved(file: string, format?: Format): boolean {
  return kindByName(file, format) === 'kindred';
}

/** @throws KindredError for a file that cannot be read or holds no model. */
export async function loadNamed(file: string, progress: ProgressLine, source?: Source): Promise<NamedModel> {
  progress.show(`loading ${file} ...`);
  const model = await inFile(file, async () => {
    if (file === STDIN) return modelFromBytes(await (source ?? (await openSource(file, progress))).whole());
    await source?.close();
    try {
      return await loadModel(file);
    } catch (error) {
      throw refusalOf(file, error as NodeJS.ErrnoException);
    }
  });
  return { name: model.constructor.name, model };
}

/** @throws KindredError INVALID_ARGUMENT naming the first option that a model file cannot honour. */
export function refuseTrainingOptions(file: string, options: LearningOptions): void {
  const names = [...TRAINING_OPTIONS, ...INTERACTION_OPTIONS];
  refuseOptions(options, names, (option) => `${file} holds a trained model; ${option} is for interactions`);
}
