/** Makes a model of any class out of its file. */
import type { Backend } from '../../backend/contract/backend.js';
import { KindredError } from '../../errors.js';
import type { Id } from '../data/ids.js';
import { quote } from '../data/ids.js';
import type { Interactions } from '../data/interactions.js';
import { ImplicitAls } from './als/implicit-als.js';
import { Ease } from './ease.js';
import { type AnyModel, Hybrid } from './hybrid/hybrid.js';
import { fromBytes, type LoadModelOptions, load, type ModelParts } from './model-file.js';
import { ItemKnn } from './neighborhood/item-knn.js';
import { UserKnn } from './neighborhood/user-knn.js';
import { Popularity } from './popularity.js';

type FromParts = (interactions: Interactions<never, never>, parts: ModelParts, backend?: Backend | string) => unknown;

const CLASSES: Readonly<Record<string, FromParts>> = {
  ItemKnn: ItemKnn.fromParts,
  UserKnn: UserKnn.fromParts,
  Ease: Ease.fromParts,
  ImplicitAls: ImplicitAls.fromParts,
  Popularity: Popularity.fromParts,
  // Hybrid reads its members by `modelOf`, so it may not be there yet when this list is made.
  Hybrid: (...given) => Hybrid.fromParts(...given),
};

/**
 * A model out of the bytes that `toBytes` gave, on any platform. It answers as the one that was saved.
 * @throws KindredError CORRUPT_FILE naming what was found and where; BACKEND_UNAVAILABLE.
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
 */
export async function loadModel<U extends Id = string, I extends Id = string>(
  path: string | URL,
  options: LoadModelOptions = {},
): Promise<AnyModel<U, I>> {
  return load(undefined, path, options, modelOf<U, I>);
}

/** The model that parts out of a file describe. @throws KindredError CORRUPT_FILE */
export function modelOf<U extends Id, I extends Id>(
  interactions: Interactions<U, I>,
  parts: ModelParts,
  backend?: Backend | string,
): AnyModel<U, I> {
  if (!Object.hasOwn(CLASSES, parts.name)) {
    const known = Object.keys(CLASSES).join(', ');
    throw new KindredError('CORRUPT_FILE', `a model of the class ${quote(parts.name)}; expected one of ${known}`);
  }
  return CLASSES[parts.name](interactions as Interactions<never, never>, parts, backend) as AnyModel<U, I>;
}
