/** Reads the configuration: of a file, then of variables, then of flags; the later wins. */
import { readFileSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Complaint, Refusal } from '../errors.js';
import { describeIssues } from '../schema/complaints.js';
import { Config, type ConfigInput } from './schema.js';

/** What can be said by a flag or a variable. */
export type Overrides = Partial<
  Pick<ConfigInput, 'folder' | 'database' | 'host' | 'port' | 'log' | 'examples' | 'origins'>
>;

/** @throws Refusal INVALID_REQUEST naming the file, and the line where it is JSON */
export async function readConfig(file: string | undefined, env: NodeJS.ProcessEnv, flags: Overrides): Promise<Config> {
  const fromFile = file === undefined ? {} : await readFile(file);
  // A folder by a flag is nearer than a database by a variable.
  const { database, ...variables } = fromVariables(env);
  const asked = database === undefined || flags.folder !== undefined ? variables : { ...variables, database };
  return check({ ...(fromFile as object), ...asked, ...flags }, file);
}

function fromVariables(env: NodeJS.ProcessEnv): Overrides {
  const { KINDRED_FOLDER, KINDRED_HOST, KINDRED_PORT, KINDRED_LOG, DATABASE_URL } = env;
  return {
    ...(KINDRED_FOLDER && { folder: KINDRED_FOLDER }),
    ...(DATABASE_URL && { database: DATABASE_URL }),
    ...(KINDRED_HOST && { host: KINDRED_HOST }),
    ...(KINDRED_PORT && { port: Number(KINDRED_PORT) }),
    ...(KINDRED_LOG && { log: KINDRED_LOG as NonNullable<Overrides['log']> }),
  };
}

async function readFile(file: string): Promise<unknown> {
  if (extname(file) === '.json') return readJsonFile(file);
  try {
    const { default: config } = await import(pathToFileURL(resolve(file)).href);
    return config;
  } catch (error) {
    throw new Refusal('INVALID_REQUEST', `${file} cannot be read: ${(error as Error).message}`);
  }
}

function readJsonFile(file: string): unknown {
  const text = readText(file);
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    const at = /position (\d+)/.exec(message)?.[1];
    const line = at === undefined ? '' : `:${lineAt(text, Number(at))}`;
    throw new Refusal('INVALID_REQUEST', `${file}${line}: ${message}`);
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Refusal('INVALID_REQUEST', `${file} cannot be read: ${(error as Error).message}`);
  }
}

function check(config: unknown, file: string | undefined): Config {
  const { success, data, error } = Config.safeParse(config);
  if (success) return data;
  const text = file !== undefined && extname(file) === '.json' ? readText(file) : undefined;
  const complaints = describeIssues(error.issues);
  const lines = complaints.map(
    (each) => `${placeOf(each, file, text)}${each.at === '' ? '' : `${each.at}: `}${each.message}`,
  );
  throw new Refusal('INVALID_REQUEST', lines.join('\n'), complaints);
}

function placeOf({ at }: Complaint, file: string | undefined, text: string | undefined): string {
  if (file === undefined) return 'configuration: ';
  return text === undefined ? `${file}: ` : `${file}:${lineOf(text, at)}: `;
}

/** The line where a place such as `models.games.kind` stands: its names are found one behind the other. */
function lineOf(text: string, place: string): number {
  let from = 0;
  for (const name of place.split(/[.[\]]+/)) {
    const at = text.indexOf(JSON.stringify(name), from);
    if (at >= 0) from = at;
  }
  return lineAt(text, from);
}

function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}
