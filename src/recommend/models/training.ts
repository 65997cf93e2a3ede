/** Training, as embeddings still name it. */
export { runAtOnce as train, runInTurns as trainAsync, type Steps as Training } from '../../turns/steps.js';
export type { TrainingOptions, TrainingProgress } from './recommender.js';
