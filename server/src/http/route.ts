/**
 * A route as data: one object validates, answers, is documented and tested. What a route does knows nothing of HTTP: it
 * gets what was asked, checked, and gives back the answer.
 */
import type { z } from 'zod';
import type { Caller, KeyRing } from '../keys/key-ring.js';
import type { Service } from '../live/service.js';
import type { Tenant } from '../live/tenant.js';
import type { Scope } from '../schema/administration.js';

export type Method = 'get' | 'put' | 'post' | 'delete';

/** What was asked, as its schemas gave it. */
export interface Asked<Params, Query, Body> {
  readonly service: Service;
  readonly tenant: Tenant;
  readonly keys: KeyRing;
  readonly caller: Caller;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** For a route that takes lines: each line of the body, as bytes come in. */
  readonly lines: AsyncIterable<string>;
}

export interface Example {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: unknown;
}

interface RouteOf<P, Q, B, A> {
  /** For programs that are generated from the OpenAPI document. */
  readonly name: string;
  readonly method: Method;
  /** Parameters in braces, such as `/v1/items/{item}`. */
  readonly path: string;
  readonly scope: Scope;
  /** Needs a key that is good for all namespaces. */
  readonly everywhere?: boolean;
  readonly summary: string;
  readonly detail?: string;
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  /** A body of JSON, or lines of JSON, each of which the schema describes. */
  readonly body?: z.ZodType<B>;
  readonly lines?: boolean;
  readonly answer: z.ZodType<A>;
  /** Answers lines of JSON, each of which the schema of the answer describes. */
  readonly answersLines?: boolean;
  /** Default 200. */
  readonly status?: 200 | 202;
  /** A request that works after the examples of all routes before it. */
  readonly example: Example;
  readonly act: (asked: Asked<P, Q, B>) => A | Promise<A>;
}

export type Route = RouteOf<never, never, never, unknown>;

/** A route with its types checked against its schemas. */
export function route<P = unknown, Q = unknown, B = unknown, A = unknown>(definition: RouteOf<P, Q, B, A>): Route {
  return definition as unknown as Route;
}

/** A route that answers line by line, each made when it is sent. */
export function routeOfLines<P = unknown, Q = unknown, B = unknown, L = unknown>(
  definition: Omit<RouteOf<P, Q, B, L>, 'act' | 'answersLines'> & { act(asked: Asked<P, Q, B>): Iterable<L> },
): Route {
  return { ...definition, answersLines: true } as unknown as Route;
}
