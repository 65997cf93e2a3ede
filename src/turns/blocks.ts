/** How much of its work a step should do, where nobody knows beforehand how long a unit takes. */

/** Units done first. Few, because the first ones also make what all others use. */
const FIRST = 8;
/** What a step should take. */
const STEP_MS = 4;
const GROWTH_MAX = 4;

/** How many units to do next, after so many took so many milliseconds; after none, to begin with. */
export function unitsInTime(units: number, took: number): number {
  if (units === 0) return FIRST;
  return Math.max(1, Math.floor(units * Math.min(GROWTH_MAX, STEP_MS / Math.max(took, 0.1))));
}
