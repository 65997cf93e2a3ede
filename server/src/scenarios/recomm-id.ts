/**
 * The name of an answer. It tells the scenario, and where that is split the run and the arm, so that an event which
 * names it can be counted for them: `front-page.6Jb…`, or `front-page.RUN.ARM.6Jb…`.
 */
import { randomBytes } from 'node:crypto';

export interface OfArm {
  readonly run: string;
  readonly arm: string;
}

/** No part of it holds a dot. */
export function newRecommId(scenario: string, of?: OfArm): string {
  const own = randomBytes(9).toString('base64url');
  return of === undefined ? `${scenario}.${own}` : `${scenario}.${of.run}.${of.arm}.${own}`;
}

/** The run and arm of an answer of a scenario; undefined for answers of others, and of none. */
export function armNamedBy(recommId: string, scenario: string): OfArm | undefined {
  const parts = recommId.split('.');
  return parts.length === 4 && parts[0] === scenario ? { run: parts[1], arm: parts[2] } : undefined;
}
