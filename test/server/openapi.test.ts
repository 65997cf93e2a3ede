/** The OpenAPI document as a validator that nobody here wrote reads it. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, it } from 'vitest';
import { ROUTES } from '../../server/dist/http/routes/all.js';
import { openApiDocument } from '../../server/dist/index.js';

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}
type Document = { paths: Record<string, Record<string, Operation>> };

const documentOf = () => structuredClone(openApiDocument()) as unknown as Document;
const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, methods]) => Object.values(methods).map((operation) => ({ path, operation })));

it('is a valid document of OpenAPI 3.1', async () => {
  const validator = new Validator();
  expect(await validator.validate(documentOf())).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
});

it('would be found out if it were none', async () => {
  const broken = documentOf();
  const [{ operation }] = operationsOf(broken);
  Object.assign(operation, { responses: undefined, parameters: [{ name: 'x', in: 'nowhere' }] });
  expect((await new Validator().validate(JSON.parse(JSON.stringify(broken)))).valid).toBe(false);
});

it('names every operation once, and every parameter of its path', () => {
  const operations = operationsOf(documentOf());
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.sort()).toEqual(ROUTES.map(({ name }) => name).sort());
  for (const { path, operation } of operations) {
    const named = operation.parameters.filter((each) => each.in === 'path' && each.required).map(({ name }) => name);
    expect([path, named.sort()]).toEqual([path, [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort()]);
  }
});

it('says which answers are lines', () => {
  const types = operationsOf(documentOf())
    .filter(({ operation }) => operation.responses[200]?.content?.['application/x-ndjson'] !== undefined)
    .map(({ path }) => path);
  expect(types).toEqual(['/v1/jobs/{job}/result']);
});
