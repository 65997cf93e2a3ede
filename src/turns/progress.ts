/** How far work is, and who is told. */
import { readFunction } from '../arguments/choices.js';

export interface Progress<Phase extends string = string> {
  /** Units of this phase done, of `total`: rows, users, iterations. */
  readonly done: number;
  readonly total: number;
  /** What is being done, such as `encode` or `search`. */
  readonly phase: Phase;
}

export type OnProgress<Step = Progress> = (progress: Step) => void;

/** Undefined if nobody wants to be told. @throws KindredError INVALID_ARGUMENT */
export function readOnProgress<Step>(onProgress: OnProgress<Step> | undefined): OnProgress<Step> | undefined {
  return onProgress === undefined ? undefined : readFunction(onProgress, 'onProgress');
}
