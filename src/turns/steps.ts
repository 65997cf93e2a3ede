/** Work written once as a generator of steps, and done at once or in turns of the event loop. */
import type { OptionNames } from '../arguments/objects.js';
import { type Abortable, readSignal } from './abort.js';
import { type OnProgress, type Progress, readOnProgress } from './progress.js';
import { TimeSlice } from './turn.js';

/**
 * Yields how far it is after every step, or nothing where there is nothing to tell, and returns the result. A step takes a few
 * milliseconds where possible.
 */
export type Steps<Result, Step = Progress> = Generator<Step | undefined, Result, void>;

/** Work that tells nobody how far it is, as a part of any other: whatever that is handed, this passes over. */
export type Pauses<Result> = Generator<undefined, Result, unknown>;

/** How work in turns is watched and ended. */
export interface TurnOptions<Step = Progress> extends Abortable {
  /** Told how far the work is. What it throws ends the work. */
  readonly onProgress?: OnProgress<Step> | undefined;
}

export const TURN_OPTIONS: OptionNames<TurnOptions> = { onProgress: true, signal: true };

/** Does the work now. */
export function runAtOnce<Result, Step>(steps: Steps<Result, Step>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/**
 * Does the work in slices of a few milliseconds, between which the event loop runs. The generator is closed when the work ends
 * early, so that it can free what it holds.
 * @throws KindredError INVALID_ARGUMENT for options of the wrong kind; the signal's reason when it aborts.
 */
export async function runInTurns<Result, Step>(
  steps: Steps<Result, Step>,
  options: TurnOptions<Step> = {},
): Promise<Result> {
  const { onProgress, signal } = readTurnOptions(options);
  try {
    const slice = new TimeSlice();
    for (;;) {
      signal?.throwIfAborted();
      const step = steps.next();
      if (step.done) return step.value;
      if (step.value !== undefined) onProgress?.(step.value);
      if (slice.isOver) await slice.next();
    }
  } finally {
    // A generator that has not returned still holds what it opened.
    steps.return(undefined as never);
  }
}

/** @throws KindredError INVALID_ARGUMENT for options of the wrong kind. */
export function readTurnOptions<Step>({ onProgress, signal }: TurnOptions<Step>): TurnOptions<Step> {
  return { onProgress: readOnProgress(onProgress), signal: readSignal(signal) };
}
