/** The name of the embedding model that the rows of an index come from. */
import { refusal } from '../../arguments/refuse.js';
import { KindredError } from '../../errors.js';

/** Long enough for any name; a reader refuses longer ones. */
export const MODEL_BYTES_MAX = 4096;

/** @throws KindredError INVALID_ARGUMENT if a model tag is not a text that can be saved. */
export function checkModel(model: unknown): asserts model is string | undefined {
  if (model === undefined) return;
  if (typeof model !== 'string' || model === '' || /\p{Surrogate}/u.test(model)) {
    throw refusal('model', model, 'a text that names the embedding model');
  }
  const { length } = new TextEncoder().encode(model);
  if (length > MODEL_BYTES_MAX) {
    throw new KindredError(
      'INVALID_ARGUMENT',
      `model has ${length} bytes in UTF-8; at most ${MODEL_BYTES_MAX} can be saved`,
    );
  }
}
