/** The model that a command works with: out of a model file, or trained on a file of interactions. */
import { KindredError } from '../../index.js';
import { type AnyModel, loadModel } from '../../recommend/index.js';
import { type Fusion, fitSpec, readSpec } from '../input/model-spec.js';
import { holdsModel, inFile, refusalOf } from '../input/read-bytes.js';
import { type InteractionFileOptions, readInteractions } from '../input/read-interactions.js';
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
}

/** Options that are about reading or training, which a model file has behind it. */
const NOT_FOR_MODEL_FILES = [
  ...(['model', 'fusion', 'neighbors', 'shrinkage'] as const),
  ...(['userColumn', 'itemColumn', 'valueColumn', 'timeColumn', 'timeFormat', 'delimiter'] as const),
  ...(['skipBadRows', 'duplicates', 'minValue', 'implicit', 'kCore'] as const),
];

/** @param usual the model if none is named. */
export async function getModel(
  file: string,
  options: LearningOptions,
  usual: string,
  progress: ProgressLine,
): Promise<NamedModel> {
  if (holdsModel(file)) {
    refuseTrainingOptions(file, options);
    return loadNamed(file, progress);
  }
  const { model: text = usual, fusion, neighbors, shrinkage } = options;
  const spec = readSpec(text, fusion, {
    ...(neighbors !== undefined && { neighbors }),
    ...(shrinkage !== undefined && { shrinkage }),
  });
  const interactions = await readInteractions(file, options, progress, { times: spec.usesTimes });
  return { name: text, model: await fitSpec(spec, interactions, progress) };
}

/** @throws KindredError for a file that cannot be read or holds no model. */
export async function loadNamed(file: string, progress: ProgressLine): Promise<NamedModel> {
  progress.show(`loading ${file} ...`);
  const model = await inFile(file, async () => {
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
  const given = NOT_FOR_MODEL_FILES.find((name) => options[name] !== undefined);
  if (given === undefined) return;
  const option = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new KindredError('INVALID_ARGUMENT', `${file} holds a trained model; --${option} is for interactions`);
}
