/** Training in steps: at once, or a slice at a time so that the event loop gets its turn. */
import { KindredError } from '../../errors.js';
import { quote } from '../data/ids.js';

/** How far a training is. */
export interface TrainingProgress {
  /** What is being done, such as `neighbors` or `iteration`. */
  readonly phase: string;
  /** Units of this phase done, of `total`. */
  readonly done: number;
  readonly total: number;
}

export interface TrainingOptions {
  /** Told after every step. What it throws ends the training. */
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined;
  /** Ends the training between two steps; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Yields how far it is after every step, each of a few milliseconds where possible, and returns the model. */
export type Training<Model> = Generator<TrainingProgress, Model, void>;

/** Trains for this long before other events get their turn. */
const SLICE_MS = 12;

/** Trains now. */
export function train<Model>(training: Training<Model>): Model {
  for (;;) {
    const step = training.next();
    if (step.done) return step.value;
  }
}

/**
 * Trains in slices. The generator is closed when training ends early, so that it can free what it holds.
 * @throws KindredError INVALID_ARGUMENT for options of the wrong kind, the signal's reason when it aborts.
 */
export async function trainAsync<Model>(training: Training<Model>, options: TrainingOptions = {}): Promise<Model> {
  const { onProgress, signal } = readTrainingOptions(options);
  try {
    let sliceStart = performance.now();
    for (;;) {
      signal?.throwIfAborted();
      const step = training.next();
      if (step.done) return step.value;
      onProgress?.(step.value);
      if (performance.now() - sliceStart < SLICE_MS) continue;
      await nextTurn();
      sliceStart = performance.now();
    }
  } finally {
    // A generator that has not returned still holds what it opened.
    training.return(undefined as never);
  }
}

/** @throws KindredError INVALID_ARGUMENT for options of the wrong kind. */
export function readTrainingOptions(options: TrainingOptions): TrainingOptions {
  const { onProgress, signal } = options;
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new KindredError('INVALID_ARGUMENT', `onProgress is ${quote(onProgress)}; expected a function.`);
  }
  if (signal !== undefined && typeof signal?.throwIfAborted !== 'function') {
    throw new KindredError('INVALID_ARGUMENT', `signal is ${quote(signal)}; expected an AbortSignal.`);
  }
  return { onProgress, signal };
}

/** Lets everything run that waits for its turn. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
