/**
 * The name of an answer. It tells the scenario, and where that is split the run and the arm, so that an event which
 * names it can be counted for them: `front-page.6Jb…`, or `front-page.RUN.ARM.6Jb…`.
 */
import { randomBytes } from 'node:crypto';

export interface OfArm {
  readonly run: string;
  readonly arm: string;
}

const OWN_BYTES = 9;
/** Drawn many at once: each draw asks the system. */
let drawn = Buffer.alloc(0);

/** No part of it holds a dot. */
export function newRecommId(scenario: string, of?: OfArm): string {
  if (drawn.length === 0) drawn = randomBytes(OWN_BYTES * 512);
  const own = drawn.toString('base64url', 0, OWN_BYTES);
  drawn = drawn.subarray(OWN_BYTES);
  return of === undefined ? `${scenario}.${own}` : `${scenario}.${of.run}.${of.arm}.${own}`;
}

/** The run and arm of an answer of a scenario; undefined for answers of others, and of none. */
export function armNamedBy(recommId: string, scenario: string): OfArm | undefined {
  const parts = recommId.split('.');
  return parts.length === 4 && parts[0] === scenario ? { run: parts[1], arm: parts[2] } : undefined;
}
