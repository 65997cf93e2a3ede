/** What may be asked of a list of recommendations, for one person or for all, as the library takes it. */
import type { AnyModel, RecommendOptions } from '../../recommend/index.js';
import { itemNamed } from './interaction-ids.js';

export interface ListOptions {
  readonly k: number;
  readonly includeSeen?: boolean;
  readonly minScore?: number;
  /** Items that must not be on a list. */
  readonly exclude?: readonly string[];
  readonly fallback?: 'popular' | 'none';
}

/** @throws KindredError UNKNOWN_ID for an excluded item that the model has never met, with near spellings. */
export function listOptions(
  { k, includeSeen, minScore, exclude, fallback }: ListOptions,
  { interactions }: AnyModel,
  file: string,
): Omit<RecommendOptions, 'diverse'> {
  return {
    k,
    excludeSeen: includeSeen !== true,
    ...(minScore !== undefined && { minScore }),
    ...(exclude !== undefined && { excludeItems: exclude.map((item) => itemNamed(interactions, item, file)) }),
    ...(fallback !== undefined && { fallback }),
  };
}
