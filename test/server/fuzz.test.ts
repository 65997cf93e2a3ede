/** Every route, driven from the OpenAPI document with what nobody should send: refused plainly, never a failure. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiDocument } from '../../server/dist/index.js';
import { type Serving, serving } from './serving.js';

type Json = Record<string, never>;
interface Operation {
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}
interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly default?: unknown;
}

const { paths } = openApiDocument() as unknown as { paths: Record<string, Record<string, Operation>> };
const OPERATIONS = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

let s: Serving;
beforeAll(async () => {
  s = await serving({ log: ({ error }) => error && console.error(error) });
  await s.must('PUT', '/v1/models/a', {});
  await s.must('PUT', '/v1/scenarios/a', { model: 'a' });
  await s.must('PUT', '/v1/indexes/a', { dim: 2 });
  await s.must('POST', '/v1/events', { user: 'a', item: 'a' });
  // Hundreds of trainings are asked for: each is put on the list, and none runs.
  await s.service.jobs.close();
});
afterAll(() => s.close());

const ODD_IDS = [
  'a',
  '..',
  '%2e%2e%2f',
  '%00',
  '%E0%A4%A',
  '__proto__',
  'constructor',
  "a' OR 1=1",
  '🙂',
  'x'.repeat(5000),
  '-1',
  'NaN',
];
const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1e308,
  -1e308,
  1e-320,
  2 ** 53,
  0.5,
  '',
  'NaN',
  '\u0000',
  '\ud800',
  'x'.repeat(10_000),
  [],
  [[]],
  {},
  [null],
  { __proto__: null },
  JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}'),
];
const ODD_BODIES: readonly (string | Uint8Array)[] = [
  '',
  '{',
  'null',
  '[]',
  '""',
  '{"a":1,}',
  'NaN',
  '{"user":NaN}',
  '\ufeff{}',
  '{"user":"a","user":"b","item":"a"}',
  '['.repeat(100_000),
  '{"a":'.repeat(20_000),
  Uint8Array.of(0xff, 0xfe, 0x7b),
  Uint8Array.of(0xc3, 0x28),
  `{"user":"\\ud800","item":"a"}`,
];

/** A body that fits a schema as well as one can tell. */
function fitting(schema: Schema): unknown {
  if (schema.anyOf) return fitting(schema.anyOf[0]);
  if (schema.enum) return schema.enum[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.type === 'object') {
    const entries = Object.entries(schema.properties ?? {}).filter(([name]) => schema.required?.includes(name));
    return Object.fromEntries(entries.map(([name, each]) => [name, fitting(each)]));
  }
  if (schema.type === 'array') return [fitting(schema.items ?? {})];
  if (schema.type === 'string') return 'a';
  return schema.type === 'boolean' ? true : Math.max(1, schema.minimum ?? 1);
}

/** The same with one thing changed, at every place. */
function* changed(schema: Schema): Generator<unknown> {
  const whole = fitting(schema);
  yield* ODD_VALUES;
  if (schema.type !== 'object') return;
  for (const [name, each] of Object.entries(schema.properties ?? {})) {
    for (const value of ODD_VALUES) yield { ...(whole as object), [name]: value };
    if (each.type === 'array' && each.items)
      for (const value of ODD_VALUES) yield { ...(whole as object), [name]: [value] };
    yield Object.fromEntries(Object.entries(whole as object).filter(([key]) => key !== name));
  }
  yield { ...(whole as object), colour: 'red' };
}

const fill = (path: string, id: string) => path.replaceAll(/\{(\w+)\}/g, id);
const requireAnswer = ({ status, body, headers }: { status: number; body: Json; headers: Headers }, what: unknown) => {
  if (status < 400) return;
  const told = JSON.stringify([what, body]);
  expect(status, told).toBeLessThan(500);
  expect(headers.get('content-type')).toBe('application/problem+json');
  expect(body, told).toMatchObject({ status, code: expect.stringMatching(/^[A-Z_]+$/), detail: expect.any(String) });
  expect(told).not.toMatch(/\.js:\d+|node_modules|at \w+ \(/);
};

describe.each(OPERATIONS.map((each) => [`${each.method} ${each.path}`, each] as const))(
  '%s',
  (_, { method, path, operation }) => {
    const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
    const body = content ? JSON.stringify(fitting(content.schema)) : undefined;

    it('takes odd ids, odd queries and odd headers', async () => {
      for (const id of ODD_IDS) requireAnswer(await s.ask(method, fill(path, id), body, headers), id);
      for (const query of [
        'limit=0',
        'limit=NaN',
        'limit=1e9',
        'after=%00',
        'after=-1',
        'limit=1&limit=2',
        '__proto__=1',
        '%E0%A4%A',
      ]) {
        requireAnswer(await s.ask(method, `${fill(path, 'none')}?${query}`, body, headers), query);
      }
      for (const namespace of ['none', '../x', '__proto__', 'x'.repeat(3000)]) {
        requireAnswer(
          await s.ask(method, fill(path, 'a'), body, { ...headers, 'kindred-namespace': namespace }),
          namespace,
        );
      }
    });

    if (content === undefined) return;
    it('takes odd bodies', async () => {
      const target = fill(path, 'a');
      for (const odd of ODD_BODIES) requireAnswer(await s.ask(method, target, odd, headers), odd.slice(0, 20));
      for (const odd of changed(content.schema)) {
        requireAnswer(await s.ask(method, target, JSON.stringify(odd), headers), odd);
      }
      for (const other of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x', '']) {
        expect((await s.ask(method, target, '{}', { 'content-type': other })).status).toBe(415);
      }
    });
  },
);

it('a body that is nested without end is refused as such', async () => {
  const deep = await s.ask('POST', '/v1/events', `{"user":${'['.repeat(17)}${']'.repeat(17)}}`);
  expect(deep.body).toMatchObject({ status: 400, detail: 'The body is nested more than 16 deep.' });
});

it('a body that is too large is refused before it is read', async () => {
  const declared = await s.ask('POST', '/v1/events', '{}', { 'content-length': String(2 ** 30) });
  expect([declared.status, declared.body.code]).toEqual([413, 'TOO_LARGE']);
  const large = await s.ask('POST', '/v1/events', `{"user":"${'x'.repeat(17 * 2 ** 20)}"}`);
  expect(large.status).toBe(413);
  const line = await s.ask('POST', '/v1/events/lines', 'x'.repeat(2 ** 20), { 'content-type': 'application/x-ndjson' });
  expect(line.status).toBe(413);
});

it('nothing of it has spoiled anything', async () => {
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  expect((await s.ask('GET', '/healthz')).status).toBe(200);
  await s.must('POST', '/v1/events', { user: 'b', item: 'a' });
});

it('too many at once are told to come back', async () => {
  const busy = await serving({ underWayMax: 2 });
  const answers = await Promise.all(Array.from({ length: 6 }, () => busy.ask('GET', '/v1/users')));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBe(4);
  expect(refused[0].headers.get('retry-after')).toBe('1');
  expect(refused[0].body.code).toBe('BUSY');
  expect((await busy.ask('GET', '/v1/users')).status).toBe(200);
  await busy.close();
});
