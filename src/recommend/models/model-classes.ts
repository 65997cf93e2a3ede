/** Every class of models that learns from interactions by itself. A new model is added to this list. */
import { ImplicitAls } from './als/implicit-als.js';
import { Ease } from './ease.js';
import { ItemKnn } from './neighborhood/item-knn.js';
import { UserKnn } from './neighborhood/user-knn.js';
import { Popularity } from './popularity.js';

/** By the name that stands in model files. */
export const MODEL_CLASSES = { ItemKnn, UserKnn, Ease, ImplicitAls, Popularity } as const;

export type ModelClasses = typeof MODEL_CLASSES;
