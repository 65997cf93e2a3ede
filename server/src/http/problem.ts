/** Errors as problem documents (RFC 9457): the code of the library or the service, never a stack. */
import { type Complaint, Refusal, type RefusalCode } from '../errors.js';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly errors?: readonly Complaint[];
  readonly requestId: string;
}

/** Codes that are the caller's mistake, 400, are not listed. */
const STATUS: Partial<Record<RefusalCode | 'INTERNAL', number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  UNKNOWN_ID: 404,
  UNKNOWN_NAME: 404,
  CONFLICT: 409,
  NOT_TRAINED: 409,
  DISPOSED: 409,
  TOO_LARGE: 413,
  UNSUPPORTED: 415,
  BUSY: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  ABORTED: 503,
  BACKEND_UNAVAILABLE: 503,
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request is not as it should be',
  401: 'A key is needed',
  403: 'The key does not allow this',
  404: 'There is no such thing',
  409: 'This is not possible now',
  413: 'The body is too large',
  415: 'The body is of a type that is not read',
  429: 'Too much is asked at once',
  500: 'The service has failed',
  503: 'The service cannot do this now',
};

/** Seconds after which a caller may try again. */
export const RETRY_AFTER = 1;

export function problemOf(error: unknown, requestId: string): Problem {
  const { code, message, complaints } = known(error, requestId);
  const status = STATUS[code] ?? 400;
  const errors = complaints.length === 0 ? undefined : complaints;
  return { type: 'about:blank', title: TITLES[status], status, detail: message, code, errors, requestId };
}

/** Whether it is a failure of the service's own, which its operator must hear of. */
export function isInternal({ status }: Problem): boolean {
  return status === 500;
}

function known(error: unknown, requestId: string) {
  if (error instanceof Refusal) return error;
  if (error instanceof Error && error.name === 'KindredError') {
    return { code: (error as Error & { code: RefusalCode }).code, message: error.message, complaints: [] };
  }
  const message = `The service has failed. Its log tells why, under the request ${requestId}.`;
  return { code: 'INTERNAL' as const, message, complaints: [] };
}
