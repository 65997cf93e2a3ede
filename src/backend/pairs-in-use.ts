/** Which kernels single pairs of vectors go to. State alone, so that whoever compares pairs needs no whole backend. */
import type { Backend } from './contract/backend.js';

export type PairKernels = Pick<Backend, 'pairFrom' | 'dot' | 'cosine' | 'euclidean'>;

/** Undefined until a pair is compared or a backend is chosen. */
export const pairsInUse: { kernels: PairKernels | undefined } = { kernels: undefined };
