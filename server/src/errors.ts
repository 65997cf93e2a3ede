/** Why the service refuses: a code for programs, and a sentence that says what was given and what was expected. */
import type { ErrorCode } from 'kindred';

/** Codes of the service beside those of the library. How each is told over HTTP, `http/problem.ts` knows. */
export type RefusalCode =
  | ErrorCode
  | 'INVALID_REQUEST'
  | 'UNKNOWN_NAME'
  | 'CONFLICT'
  | 'NOT_TRAINED'
  | 'BUSY'
  | 'UNAVAILABLE'
  | 'TOO_LARGE'
  | 'UNSUPPORTED'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN';

/** One place in a request that is not as it should be. */
export interface Complaint {
  /** Such as `events[3].user`. */
  readonly at: string;
  readonly message: string;
}

export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly complaints: readonly Complaint[];

  constructor(code: RefusalCode, message: string, complaints: readonly Complaint[] = []) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.complaints = complaints;
  }
}

/** What a name in a request leads to. @throws Refusal UNKNOWN_NAME naming those that there are */
export function named<T>(things: ReadonlyMap<string, T>, kind: string, name: string): T {
  const found = things.get(name);
  if (found !== undefined) return found;
  const known = [...things.keys()].slice(0, 10).map((each) => JSON.stringify(each));
  const others = known.length === 0 ? `there is no ${kind} yet` : `known are ${known.join(', ')}`;
  throw new Refusal('UNKNOWN_NAME', `There is no ${kind} ${JSON.stringify(name)}: ${others}.`);
}
