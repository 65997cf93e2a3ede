/** Takes files of tables into a store. To import twice changes nothing; a bad row is told by its number. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { z } from 'zod';
import { putItems, putUser } from '../behaviour/catalogue.js';
import { takeEvents } from '../behaviour/events.js';
import { Refusal } from '../errors.js';
import { defineIndex, putVectors } from '../indexes/operations.js';
import { defineScenario } from '../live/definitions.js';
import type { Service } from '../live/service.js';
import type { Tenant } from '../live/tenant.js';
import { defineModel } from '../models/versions.js';
import { describeIssues } from '../schema/complaints.js';
import { IndexInput } from '../schema/indexes.js';
import { ModelInput } from '../schema/models.js';
import { ScenarioInput } from '../schema/scenarios.js';
import { readJsonLines } from './json-lines.js';
import { readParquet } from './parquet.js';
import { ROWS, type RowOf, rowsOf, type TableName } from './tables.js';

/** Rows that are stored by one write. */
const GROUP = 1000;
/** Rows that are told one by one. */
const TOLD = 100;
const FILE = /^(definitions|vectors|items|users|events)\.(jsonl|ndjson|parquet)$/;

export interface Imported {
  /** Rows taken in, by table; events that were there already are not among them. */
  readonly taken: Partial<Record<TableName, number>>;
  readonly refused: number;
  /** Such as `events.jsonl:17: user: must be text`; the first 100. */
  readonly complaints: readonly string[];
}

type Take<Row> = (tenant: Tenant, rows: readonly Row[]) => Promise<number>;
interface Step {
  readonly table: TableName;
  readonly take: Take<never>;
  readonly isMine?: (row: never) => boolean;
}

/**
 * @param paths files named after their table, such as `events.jsonl`, or a folder of them.
 * @param namespace of rows that name none.
 */
export async function importFrom(service: Service, paths: readonly string[], namespace: string): Promise<Imported> {
  const files = paths.flatMap(filesOf);
  const taken: Partial<Record<TableName, number>> = {};
  const refusals = new Refusals();
  // Definitions are read twice: vectors need their index before, and models learn from events that are there.
  for (const { table, take, isMine } of stepsOf(service)) {
    for (const file of files.filter((each) => basename(each).startsWith(`${table}.`))) {
      const groups = groupsOf(file, table, namespace, refusals, isMine as ((row: object) => boolean) | undefined);
      for await (const { namespace: name, rows } of groups) {
        if (!service.tenants.has(name)) await service.createNamespace(name);
        const count = await takeGroup(service.tenant(name), rows, take as Take<object>, file, refusals);
        taken[table] = (taken[table] ?? 0) + count;
      }
    }
  }
  for (const { name } of service.tenants.values()) {
    for (const { job } of service.jobs.list(name)) await service.jobs.wait(job);
  }
  return { taken, refused: refusals.size, complaints: refusals.told };
}

function stepsOf(service: Service): Step[] {
  const step = <Table extends TableName>(
    table: Table,
    take: Take<RowOf<Table>>,
    isMine?: (row: RowOf<Table>) => boolean,
  ) => ({ table, take, isMine }) as Step;
  const each =
    <Row>(act: (tenant: Tenant, row: Row) => Promise<unknown>): Take<Row> =>
    async (tenant, rows) => {
      for (const row of rows) await act(tenant, row);
      return rows.length;
    };
  const keys = new EventKeys(service);
  return [
    step(
      'definitions',
      each((tenant, { name, body }) => defineIndex(service, tenant, name, parse(IndexInput, body))),
      ({ thing }) => thing === 'index',
    ),
    step('vectors', async (tenant, rows) => {
      for (const index of new Set(rows.map((row) => row.index))) {
        await putVectors(service, tenant, index, lastOfEach(rows.filter((row) => row.index === index)));
      }
      return rows.length;
    }),
    step('items', async (tenant, rows) => {
      await putItems(service, tenant, rows);
      return rows.length;
    }),
    step(
      'users',
      each((tenant, { user, properties }) => putUser(service, tenant, user, properties)),
    ),
    step('events', async (tenant, rows) => {
      const events = await keys.give(tenant, rows);
      return events.length === 0 ? 0 : (await takeEvents(service, tenant, events)).accepted;
    }),
    step(
      'definitions',
      each((tenant, { name, body }) => defineModel(service, tenant, name, parse(ModelInput, body))),
      ({ thing }) => thing === 'model',
    ),
    step(
      'definitions',
      each((tenant, { name, body }) => defineScenario(service, tenant, name, parse(ScenarioInput, body))),
      ({ thing }) => thing === 'scenario',
    ),
  ];
}

/** Events without a key get one that the next import makes again. Of equal ones each has a number. */
class EventKeys {
  readonly #service: Service;
  readonly #seen = new Map<string, number>();
  /** Equal events that the store had without a key: they are the first of their kind. */
  readonly #stored = new Map<string, Map<string, number>>();

  constructor(service: Service) {
    this.#service = service;
  }

  async give(tenant: Tenant, rows: readonly RowOf<'events'>[]) {
    const events = [];
    for (const { namespace: _, ...row } of rows) {
      if (row.key !== undefined) {
        events.push(row);
        continue;
      }
      const stored = await this.#storedIn(tenant.name);
      const what = textOf(row);
      const number = (this.#seen.get(`${tenant.name} ${what}`) ?? 0) + 1;
      this.#seen.set(`${tenant.name} ${what}`, number);
      if (number > (stored.get(what) ?? 0)) events.push({ ...row, key: keyOf(what, number) });
    }
    return events;
  }

  async #storedIn(namespace: string): Promise<Map<string, number>> {
    let stored = this.#stored.get(namespace);
    if (stored !== undefined) return stored;
    stored = new Map();
    for await (const page of rowsOf(this.#service.store, 'events', namespace)) {
      for (const row of page as RowOf<'events'>[]) {
        if (row.key === undefined) stored.set(textOf(row), (stored.get(textOf(row)) ?? 0) + 1);
      }
    }
    this.#stored.set(namespace, stored);
    return stored;
  }
}

function textOf({ user, item, type, value, time, recommId }: RowOf<'events'>): string {
  return JSON.stringify([user, item, type, value, time, recommId]);
}

function keyOf(what: string, number: number): string {
  return `import-${createHash('sha256').update(`${number} ${what}`).digest('hex').slice(0, 40)}`;
}

class Refusals {
  readonly told: string[] = [];
  readonly #places = new Set<string>();
  get size(): number {
    return this.#places.size;
  }
  add(file: string, number: number, message: string): void {
    const place = `${basename(file)}:${number}`;
    if (this.#places.has(place)) return;
    this.#places.add(place);
    if (this.told.length < TOLD) this.told.push(`${place}: ${message}`);
  }
}

interface Numbered {
  readonly number: number;
  readonly row: object;
}

async function* groupsOf(
  file: string,
  table: TableName,
  namespace: string,
  refusals: Refusals,
  isMine: (row: object) => boolean = () => true,
): AsyncGenerator<{ namespace: string; rows: Numbered[] }> {
  let group = { namespace, rows: [] as Numbered[] };
  for await (const { number, value } of file.endsWith('.parquet') ? readParquet(file) : readJsonLines(file)) {
    const { success, data, error } = ROWS[table].safeParse(value);
    if (!success) {
      const said = value instanceof Error ? value.message : sentence(error);
      refusals.add(file, number, said);
      continue;
    }
    if (!isMine(data)) continue;
    const where = data.namespace ?? namespace;
    if (group.rows.length >= GROUP || (where !== group.namespace && group.rows.length > 0)) {
      yield group;
      group = { namespace: where, rows: [] };
    }
    group.namespace = where;
    group.rows.push({ number, row: data });
  }
  if (group.rows.length > 0) yield group;
}

/** All rows by one write; where that is refused, one by one, so that the bad one is known. */
async function takeGroup(
  tenant: Tenant,
  rows: readonly Numbered[],
  take: Take<object>,
  file: string,
  refusals: Refusals,
): Promise<number> {
  try {
    return await take(
      tenant,
      rows.map(({ row }) => row),
    );
  } catch (error) {
    const { code, message, name } = error as Refusal;
    if ((name !== 'Refusal' && name !== 'KindredError') || code === 'UNAVAILABLE') throw error;
    if (rows.length === 1) {
      refusals.add(file, rows[0].number, message);
      return 0;
    }
    let count = 0;
    for (const row of rows) count += await takeGroup(tenant, [row], take, file, refusals);
    return count;
  }
}

function lastOfEach<Row extends { id: string }>(rows: readonly Row[]): Row[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const { success, data, error } = schema.safeParse(body);
  if (!success) throw new Refusal('INVALID_REQUEST', `body: ${sentence(error)}`);
  return data;
}

function sentence({ issues }: z.ZodError): string {
  return describeIssues(issues)
    .map(({ at, message }) => (at === '' ? message : `${at}: ${message}`))
    .join('; ');
}

function filesOf(path: string): string[] {
  if (!existsSync(path)) throw new Refusal('INVALID_REQUEST', `There is no file or folder ${path}.`);
  if (!statSync(path).isDirectory()) {
    if (FILE.test(basename(path))) return [path];
    throw new Refusal('INVALID_REQUEST', `${path} is not named after a table, such as events.jsonl or items.parquet.`);
  }
  const found = readdirSync(path).filter((name) => FILE.test(name));
  if (found.length > 0) return found.map((name) => join(path, name));
  throw new Refusal('INVALID_REQUEST', `The folder ${path} has no file such as events.jsonl or items.parquet.`);
}
