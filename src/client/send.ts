/** Sends requests, again where that is safe, and turns refusals into errors. */
import { readInteger } from '../arguments/numbers.js';
import { type OptionNames, readObject } from '../arguments/objects.js';
import { refusal } from '../arguments/refuse.js';

/** What the client needs of `fetch`. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchAnswer>;

export interface FetchInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface FetchAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

export interface ClientOptions {
  /** Sent as `Authorization: Bearer KEY`. */
  readonly key?: string | undefined;
  /** Default `default`. */
  readonly namespace?: string | undefined;
  /** How often a request is sent again that got no answer, or was told to come back. Default 3. */
  readonly retries?: number | undefined;
  /** Milliseconds that one try may take. Default 10,000. */
  readonly timeout?: number | undefined;
  /** In place of the platform's own. */
  readonly fetch?: Fetch | undefined;
}

const OPTIONS: OptionNames<ClientOptions> = { key: true, namespace: true, retries: true, timeout: true, fetch: true };
/** Milliseconds before the second try; each further waits twice as long. */
const FIRST_WAIT = 100;
const LONGEST_WAIT = 5000;

/** A request that the service refused, or that nobody answered. */
export class RequestError extends Error {
  /** Of HTTP; 0 if nobody answered. */
  readonly status: number;
  /** The code of the library or of the service, such as UNKNOWN_ID; UNREACHABLE if nobody answered. */
  readonly code: string;
  /** What is wrong where in the request. */
  readonly errors: readonly { readonly at: string; readonly message: string }[];
  /** Under which the log of the service has it. */
  readonly requestId: string | undefined;

  constructor(status: number, problem: Problem, options?: { readonly cause?: unknown }) {
    super(problem.detail ?? `The service answered with ${status}.`, options);
    this.name = 'RequestError';
    this.status = status;
    this.code = problem.code ?? 'UNKNOWN';
    this.errors = problem.errors ?? [];
    this.requestId = problem.requestId;
  }
}

interface Problem {
  readonly detail?: string;
  readonly code?: string;
  readonly errors?: RequestError['errors'];
  readonly requestId?: string;
}

/**
 * @param isRepeatable whether it may be sent again where nobody knows if it was heard. Default all but POST.
 */
export type Send = <Answer>(method: string, path: string, body?: object, isRepeatable?: boolean) => Promise<Answer>;

/** @throws KindredError INVALID_ARGUMENT */
export function sending(url: string, given: ClientOptions): Send {
  const { key, namespace, retries = 3, timeout = 10_000, ...rest } = readObject(given, '{ key }', OPTIONS);
  readInteger(retries, 'retries', 0);
  readInteger(timeout, 'timeout', 1);
  const base = readUrl(url);
  const fetch = rest.fetch ?? (globalThis.fetch as unknown as Fetch);
  const headers: Record<string, string> = { accept: 'application/json' };
  if (key !== undefined) headers.authorization = `Bearer ${key}`;
  if (namespace !== undefined) headers['kindred-namespace'] = namespace;

  const once = async (method: string, path: string, body: object | undefined): Promise<FetchAnswer | Error> => {
    const signal = AbortSignal.timeout(timeout);
    const content = body && { body: JSON.stringify(body) };
    const type = body && { 'content-type': 'application/json' };
    try {
      return await fetch(`${base}${path}`, { method, headers: { ...headers, ...type }, ...content, signal });
    } catch (error) {
      return error as Error;
    }
  };

  return async <Answer>(
    method: string,
    path: string,
    body?: object,
    isRepeatable = method !== 'POST',
  ): Promise<Answer> => {
    for (let tried = 0; ; tried++) {
      const answer = await once(method, path, body);
      const isLast = tried >= retries;
      if (answer instanceof Error) {
        if (isLast || !isRepeatable) throw unreachable(base, answer);
      } else {
        const mayRepeat = answer.status === 429 || answer.status === 503;
        if (!mayRepeat || isLast) return (await read(answer)) as Answer;
      }
      await wait(answer, tried);
    }
  };
}

async function read(answer: FetchAnswer): Promise<unknown> {
  const text = await answer.text();
  let json: unknown;
  try {
    json = answer.headers.get('content-type')?.startsWith('application/x-ndjson') ? linesOf(text) : JSON.parse(text);
  } catch (cause) {
    const detail = `The answer (${answer.status}) is no JSON: is this a kindred-server?`;
    throw new RequestError(answer.status, { detail, code: 'NO_ANSWER' }, { cause });
  }
  if (answer.status >= 400) throw new RequestError(answer.status, json as Problem);
  return json;
}

function linesOf(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

function unreachable(base: string, cause: Error): RequestError {
  const detail = `${base} does not answer: ${cause.message}`;
  return new RequestError(0, { detail, code: 'UNREACHABLE' }, { cause });
}

/** As long as the service asks for, else longer every time, and not all clients in step. */
async function wait(answer: FetchAnswer | Error, tried: number): Promise<void> {
  const asked = answer instanceof Error ? 0 : Number(answer.headers.get('retry-after') ?? 0) * 1000;
  const own = FIRST_WAIT * 2 ** tried * (0.5 + Math.random() / 2);
  const milliseconds = Math.min(LONGEST_WAIT, Math.max(own, Number.isFinite(asked) ? asked : 0));
  await new Promise<void>((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

function readUrl(url: string): string {
  const isUrl = typeof url === 'string' && /^https?:\/\/[^/]/.test(url);
  if (!isUrl) throw refusal('url', url, 'an address such as http://localhost:7878');
  return url.replace(/\/+$/, '');
}
