/** Reads the configuration: of a file, then of variables, then of flags; the later wins. */
import { extname } from 'node:path';
import { type Complaint, Refusal } from '../errors.js';
import { describeIssues } from '../schema/complaints.js';
import { lineOf, readJsonFile, readModuleFile, readText } from './files.js';
import { Config, type ConfigInput } from './schema.js';

/** What can be said by a flag or a variable. */
export type Overrides = Partial<
  Pick<ConfigInput, 'folder' | 'database' | 'host' | 'port' | 'log' | 'examples' | 'origins'>
>;

export interface ReadConfig {
  readonly config: Config;
  /** A refusal of something in the configuration, with the file and the line where it stands. */
  explain(refusal: Refusal): Refusal;
}

/** @throws Refusal INVALID_REQUEST naming the file and the line */
export async function readConfig(
  file: string | undefined,
  env: NodeJS.ProcessEnv,
  flags: Overrides,
): Promise<ReadConfig> {
  const fromFile = file === undefined ? {} : await readFile(file);
  const text = file === undefined ? undefined : readText(file);
  if (typeof fromFile !== 'object' || fromFile === null || Array.isArray(fromFile)) {
    throw new Refusal('INVALID_REQUEST', `${file}:1: expected an object of settings as its content or default export.`);
  }
  const explain = ({ code, message, complaints }: Refusal) => {
    const lines = complaints.map(
      (each) => `${placeOf(each, file, text)}${each.at ? `${each.at}: ` : ''}${each.message}`,
    );
    return new Refusal(code, lines.length === 0 ? message : lines.join('\n'), complaints);
  };
  // A folder by a flag is nearer than a database by a variable.
  const { database, ...variables } = fromVariables(env);
  const asked = database === undefined || flags.folder !== undefined ? variables : { ...variables, database };
  const { success, data, error } = Config.safeParse({ ...fromFile, ...asked, ...flags });
  if (!success) throw explain(new Refusal('INVALID_REQUEST', '', describeIssues(error.issues)));
  return { config: data, explain };
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

function readFile(file: string): Promise<unknown> | unknown {
  return extname(file) === '.json' ? readJsonFile(file) : readModuleFile(file);
}

function placeOf({ at, message }: Complaint, file: string | undefined, text: string | undefined): string {
  if (file === undefined || text === undefined) return 'configuration: ';
  const [, unknown = ''] = /^Unrecognized key: "(.*)"$/.exec(message) ?? [];
  return `${file}:${lineOf(text, unknown === '' ? at : `${at}.${unknown}`)}: `;
}
