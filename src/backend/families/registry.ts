/**
 * Kernels that only some models need, family by family. They are looked up when they are called, so that a page without
 * such a model carries none of them: whoever calls them brings them first (sparse.ts and its neighbours).
 */
import { KindredError } from '../../errors.js';
import type { Backend } from '../contract/backend.js';

export interface Families {
  readonly sparse: Pick<Backend, 'sparseNeighbors' | 'openNeighbors' | 'sparseTopK'>;
  readonly linear: Pick<Backend, 'openGramInverse' | 'denseTopK'>;
  readonly als: Pick<Backend, 'openAls'>;
  readonly embedding: Pick<Backend, 'openSkipGram' | 'openGlove'>;
}

/** A family as each backend has it that is written in TypeScript. */
export interface Brought<Kernels> {
  readonly plain: Kernels;
  wasm(module: WebAssembly.Module): Kernels;
}

export const families: { -readonly [Name in keyof Families]?: Brought<Families[Name]> } = {};

/** All methods of all families of one backend. */
export function familiesOf(
  own: <Kernels>(family: Brought<Kernels>) => Kernels,
): Families['sparse'] & Families['linear'] & Families['als'] & Families['embedding'] {
  const sparse = () => own(brought('sparse'));
  const linear = () => own(brought('linear'));
  const embedding = () => own(brought('embedding'));
  return {
    sparseNeighbors: (matrix, options) => sparse().sparseNeighbors(matrix, options),
    openNeighbors: (matrix, options) => sparse().openNeighbors(matrix, options),
    sparseTopK: (weights, lists, options) => sparse().sparseTopK(weights, lists, options),
    openGramInverse: (matrix, l2, options) => linear().openGramInverse(matrix, l2, options),
    denseTopK: (weights, dense, options) => linear().denseTopK(weights, dense, options),
    openAls: (setup) => own(brought('als')).openAls(setup),
    openSkipGram: (setup) => embedding().openSkipGram(setup),
    openGlove: (setup) => embedding().openGlove(setup),
  };
}

function brought<Name extends keyof Families>(name: Name): Brought<Families[Name]> {
  const family = families[name] as Brought<Families[Name]> | undefined;
  if (family) return family;
  throw new KindredError(
    'BACKEND_UNAVAILABLE',
    `kernels of the family "${name}" are loaded by the models that need them, and none has been used yet`,
  );
}
