/** The OpenAPI document, written from the routes and the schemas that check requests. */
import { z } from 'zod';
import { VERSION } from '../version.js';
import type { Route } from './route.js';
import { SECTIONS } from './routes/all.js';

type Json = Record<string, unknown>;

const PROBLEM: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What was given, and what was expected.' },
    code: { type: 'string', description: 'For programs, such as UNKNOWN_ID.' },
    errors: {
      type: 'array',
      items: { type: 'object', properties: { at: { type: 'string' }, message: { type: 'string' } } },
    },
    requestId: { type: 'string' },
  },
};
const problem = { $ref: '#/components/responses/Problem' };

export function openApiDocument(): Json {
  const paths: Record<string, Json> = {};
  for (const { title, routes } of SECTIONS) {
    for (const route of routes) {
      paths[route.path] ??= {};
      paths[route.path][route.method] = operationOf(route, title);
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'kindred-server',
      version: VERSION,
      description: 'Recommendations and exact vector search. Ids are texts; whole numbers are read as their digits.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ key: [] }, {}],
    tags: SECTIONS.map(({ title }) => ({ name: title })),
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
      responses: {
        Problem: { description: 'Refused', content: { 'application/problem+json': { schema: PROBLEM } } },
      },
    },
  };
}

function operationOf(route: Route, tag: string): Json {
  const { name, summary, detail, params, query, body, lines, answer, answersLines, status = 200, scope } = route;
  const needs = `${answersLines ? 'The schema is that of a line. ' : ''}Needs the scope ${scope}.`;
  return {
    operationId: name,
    tags: [tag],
    summary,
    description: detail === undefined ? needs : `${detail} ${needs}`,
    parameters: [
      ...parametersOf(params, 'path'),
      ...parametersOf(query, 'query'),
      {
        name: 'Kindred-Namespace',
        in: 'header',
        required: false,
        description: 'The namespace that is meant.',
        schema: { type: 'string', default: 'default' },
      },
    ],
    ...(body && {
      requestBody: {
        required: true,
        content: lines
          ? { 'application/x-ndjson': { schema: { type: 'string', description: 'An event a line.' } } }
          : { 'application/json': { schema: schemaOf(body, 'input') } },
      },
    }),
    responses: {
      [status]: {
        description: summary,
        content: {
          [answersLines ? 'application/x-ndjson' : 'application/json']: { schema: schemaOf(answer, 'output') },
        },
      },
      default: problem,
    },
  };
}

function parametersOf(schema: z.ZodType | undefined, where: 'path' | 'query'): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

/** A schema as JSON Schema 2020-12, which OpenAPI 3.1 takes as it is. */
export function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  return json;
}
