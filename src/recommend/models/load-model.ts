/** Makes a model of any class out of its file. */
import type { Id } from '../data/ids.js';
import { modelOf } from './hybrid/hybrid.js';
import type { AnyModel } from './model.js';
import { fromBytes, type LoadModelOptions, load } from './model-file/load.js';

/**
 * A model out of the bytes that `toBytes` gave, on any platform. It answers as the one that was saved.
 * @throws KindredError CORRUPT_FILE naming what was found and where; BACKEND_UNAVAILABLE.
 * @example
 * const bytes = Popularity.fit(Interactions.from([{ user: 'Ann', item: 'tea' }])).toBytes();
 * modelFromBytes(bytes).recommendFor([])[0].item; // 'tea'
 */
export function modelFromBytes<U extends Id = string, I extends Id = string>(
  bytes: Uint8Array,
  options: LoadModelOptions = {},
): AnyModel<U, I> {
  return fromBytes(undefined, bytes, options, modelOf<U, I>);
}

/**
 * A model out of a file that `save` wrote. Node only.
 * @throws KindredError as modelFromBytes; the system's own error if the file cannot be read.
 * @example
 * const interactions = Interactions.from([
 *   { user: 'Ann', item: 'tea' }, { user: 'Ben', item: 'tea' }, { user: 'Ben', item: 'milk' },
 * ]);
 * await ItemKnn.fit(interactions).save('drinks.kindred');
 * const model = await loadModel('drinks.kindred');
 * model.recommend('Ann').length; // 1
 */
export async function loadModel<U extends Id = string, I extends Id = string>(
  path: string | URL,
  options: LoadModelOptions = {},
): Promise<AnyModel<U, I>> {
  return load(undefined, path, options, modelOf<U, I>);
}
