/** The service over HTTP: every request gets an id, is let in or not, checked, answered, counted and logged. */
import { randomUUID } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { cors } from 'hono/cors';
import type { z } from 'zod';
import { Refusal } from '../errors.js';
import { DEFAULT_NAMESPACE, type Service } from '../live/service.js';
import { Name } from '../schema/common.js';
import { describeIssues } from '../schema/complaints.js';
import { requireAccess } from './access.js';
import { readBody, readLines } from './body.js';
import { linesAsBytes } from './lines.js';
import { Metrics } from './metrics.js';
import { openApiDocument } from './openapi.js';
import { PAGE_POLICY, referencePage } from './pages.js';
import { isInternal, problemOf, RETRY_AFTER } from './problem.js';
import type { Asked, Route } from './route.js';
import { ROUTES } from './routes/all.js';
import { statusPage } from './status-page.js';

/** What is told of a request: nothing that was in it. */
export interface RequestLine {
  readonly requestId: string;
  /** Of the caller's trace (W3C), where it has one. */
  readonly traceId?: string | undefined;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  readonly code?: string | undefined;
  readonly error?: unknown;
}

/** Asked anew at every request, so that they may change: an object with getters will do. */
export interface AppOptions {
  /** Refuses requests without a key also while there is none. Default false. */
  readonly keysNeeded?: boolean;
  /** Sites whose pages may ask. Default none. */
  readonly origins?: readonly string[];
  /** Requests under way at most; others are told to come back. Default 1000. */
  readonly underWayMax?: number;
  readonly log?: (line: RequestLine) => void;
}

type Variables = { requestId: string; route: string; code: string | undefined; error: unknown };
type Here = Context<{ Variables: Variables }>;

/**
 * The service as a Hono app, to be served alone or mounted into another one.
 * @example
 * const service = await Service.open(await openStore('kindred-data'));
 * const app = createApp(service);
 * const answer = await app.request('/healthz');
 */
export function createApp(service: Service, options: AppOptions = {}): Hono<{ Variables: Variables }> {
  const { keysNeeded = false, log = () => {} } = options;
  const app = new Hono<{ Variables: Variables }>();
  const metrics = new Metrics();

  app.use(async (c, next) => {
    const begun = performance.now();
    const given = c.req.header('x-request-id');
    c.set('requestId', given !== undefined && /^[\w-]{1,64}$/.test(given) ? given : randomUUID());
    c.set('route', 'none');
    metrics.underWay++;
    try {
      const { underWayMax = 1000 } = options;
      if (metrics.underWay > underWayMax) throw new Refusal('BUSY', `${underWayMax} requests are under way.`);
      await next();
    } catch (error) {
      c.res = problemResponse(c, error);
    } finally {
      metrics.underWay--;
    }
    const [method, route, status, ms] = [c.req.method, c.get('route'), c.res.status, performance.now() - begun];
    metrics.count(method, route, status, ms / 1000);
    const traceId = /^00-([0-9a-f]{32})-/.exec(c.req.header('traceparent') ?? '')?.[1];
    log({
      requestId: c.get('requestId'),
      traceId,
      method,
      route,
      status,
      ms,
      code: c.get('code'),
      error: c.get('error'),
    });
  });
  const allowNamed = cors({ origin: (site) => (options.origins?.includes(site) ? site : null), maxAge: 600 });
  app.use((c, next) => {
    if ((options.origins?.length ?? 0) === 0) return next();
    // It answers by itself where a page asks what it may.
    for (const [name, value] of Object.entries(protection(c))) c.header(name, value);
    return allowNamed(c, next);
  });
  app.onError((error, c) => problemResponse(c as Here, error));
  app.notFound((c) => {
    const message = `There is no ${c.req.method} ${c.req.path.slice(0, 200)}: GET /docs tells what there is.`;
    return problemResponse(c as Here, new Refusal('UNKNOWN_NAME', message));
  });

  const letIn = (c: Here, { scope, everywhere = false }: Pick<Route, 'scope' | 'everywhere'>) => {
    const { origins = [] } = options;
    const namespace = checked(
      Name,
      c.req.header('kindred-namespace') ?? DEFAULT_NAMESPACE,
      'the header Kindred-Namespace',
    );
    return {
      namespace,
      caller: requireAccess(c.req.raw, service.keys, keysNeeded, { scope, namespace, everywhere, origins }),
    };
  };
  const open = (path: string, answer: (c: Here) => Response | Promise<Response>) =>
    app.get(path, (c) => {
      c.set('route', path);
      return answer(c);
    });

  open('/healthz', (c) => json(c, { status: 'ok' }));
  open('/readyz', async (c) => json(c, { status: 'ready', asOf: await service.latest() }));
  open('/openapi.json', (c) => json(c, openApiDocument()));
  open('/docs', (c) => html(c, referencePage(new URL(c.req.url).origin)));
  open('/metrics', (c) => {
    letIn(c, { scope: 'read', everywhere: true });
    return respond(c, metrics.text(service), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
  });
  for (const path of ['/', '/status']) {
    open(path, async (c) => {
      letIn(c, { scope: 'read', everywhere: true });
      return html(c, await statusPage(service));
    });
  }
  for (const route of ROUTES) {
    app.on(route.method.toUpperCase(), route.path.replaceAll(/\{(\w+)\}/g, ':$1'), async (c) => {
      c.set('route', route.path);
      const { namespace, caller } = letIn(c, route);
      const answer = await act(c, route, { caller, tenant: service.tenant(namespace) });
      if (!route.answersLines) return json(c, answer as object, route.status);
      const lines = linesAsBytes(answer as Iterable<object>);
      return respond(c, lines, 200, { 'content-type': 'application/x-ndjson' });
    });
  }
  return app;

  async function act(
    c: Here,
    route: Route,
    who: Pick<Asked<never, never, never>, 'caller' | 'tenant'>,
  ): Promise<unknown> {
    const { params, query, body, lines } = route;
    const none = undefined as never;
    const asked = {
      service,
      keys: service.keys,
      ...who,
      params: params ? (checked(params, c.req.param(), 'the path') as never) : none,
      query: query ? (checked(query, c.req.query(), 'the query') as never) : none,
      body: body && !lines ? (checked(body, await readBody(c.req.raw), 'the body') as never) : none,
      lines: lines ? readLines(c.req.raw) : nothing(),
    };
    await service.catchUp(who.tenant, atLeastOf(asked.body));
    return route.act(asked);
  }
}

/** @throws Refusal INVALID_REQUEST with every place that is wrong */
function checked<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const complaints = describeIssues(error.issues);
  const [{ at, message }] = complaints;
  throw new Refusal('INVALID_REQUEST', `In ${where}${at === '' ? '' : `, ${at}`}: ${message}`, complaints);
}

function problemResponse(c: Here, error: unknown): Response {
  const problem = problemOf(error, c.get('requestId'));
  c.set('code', problem.code);
  if (isInternal(problem)) c.set('error', error);
  return respond(c, JSON.stringify(problem), problem.status, {
    'content-type': 'application/problem+json',
    ...(problem.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(problem.status === 429 || problem.status === 503 ? { 'retry-after': String(RETRY_AFTER) } : {}),
  });
}

function json(c: Here, answer: object, status = 200): Response {
  return respond(c, JSON.stringify(answer), status, { 'content-type': 'application/json' });
}

function html(c: Here, text: string): Response {
  return respond(c, text, 200, {
    'content-type': 'text/html; charset=UTF-8',
    'content-security-policy': PAGE_POLICY,
  });
}

/** Headers in one plain object: each that is set by itself costs several microseconds. */
function respond(
  c: Here,
  body: string | ReadableStream,
  status: number,
  headers: Readonly<Record<string, string>>,
): Response {
  return new Response(body, { status, headers: { ...protection(c), ...headers } });
}

/** What every answer carries. */
function protection(c: Here): Record<string, string> {
  return {
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'x-request-id': c.get('requestId'),
  };
}

/** The write that an answer must know of, where the body names one. */
function atLeastOf(body: { readonly asOf?: number } | undefined): number {
  return body?.asOf ?? 0;
}

async function* nothing(): AsyncGenerator<string> {}
