/** The command `kindred-server`: serve, keys, backup and restore, and documents for programs. Each loads what it needs. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { type Overrides, readConfig } from '../config/read.js';
import { Config, LOG_LEVELS } from '../config/schema.js';
import { Refusal } from '../errors.js';
import { KeyRing } from '../keys/key-ring.js';
import { KeyInput, SCOPES } from '../schema/administration.js';
import type { Store } from '../store/contract.js';
import { openStore } from '../store/open.js';
import { VERSION } from '../version.js';
import { backUp, restore } from './backup.js';
import { addDoctor, Exit } from './doctor.js';
import { heedSignals } from './signals.js';
import type { Running } from './start.js';
import { addTransfer } from './transfer.js';

interface Streams {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Runs the command. Never rejects: a failure is told on stderr.
 * @returns the exit code: 0 done, 2 for bad input, 1 for a failure. A server that runs keeps the process alive.
 */
export async function run(args: readonly string[], streams: Streams = process): Promise<number> {
  try {
    await createProgram(streams).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof Exit) return error.exitCode;
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const isRefusal = error instanceof Refusal || (error as Error).name === 'KindredError';
    const { message, stack, code, syscall } = error as NodeJS.ErrnoException;
    if (isRefusal) streams.stderr.write(`kindred-server: ${message}\n`);
    else if (syscall !== undefined) streams.stderr.write(`kindred-server: the system refuses: ${code}: ${message}\n`);
    else streams.stderr.write(`kindred-server: internal failure: ${stack}\n`);
    return isRefusal ? 2 : 1;
  }
}

function createProgram({ stdout, stderr, env }: Streams): Command {
  const program = new Command('kindred-server')
    .description('Recommenders and vector indexes behind an HTTP API.')
    .version(VERSION, '-V, --version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'kindred-server: ')),
    });
  program
    .command('serve', { isDefault: true })
    .description('answer over HTTP (the default)')
    .option('-c, --config <file>', 'kindred.config.json, .js or .ts', env.KINDRED_CONFIG)
    .option('--folder <path>', 'where the store is kept (default: kindred-data, or the database of DATABASE_URL)')
    .option('--host <address>', 'where to listen (default: 127.0.0.1); all but loopback needs keys')
    .addOption(new Option('--port <number>', 'where to listen (default: 7878; 0 for any)').argParser(wholeNumber))
    .option('--origin <sites...>', 'sites whose pages may ask (default: none)')
    .addOption(new Option('--log <level>', 'what to log on stderr, as JSON (default: warn)').choices(LOG_LEVELS))
    .option('--no-examples', 'leave an empty store empty')
    .addHelpText(
      'after',
      '\nVariables: KINDRED_CONFIG, KINDRED_FOLDER, KINDRED_HOST, KINDRED_PORT, KINDRED_LOG, DATABASE_URL.',
    )
    .action(async ({ config, examples, origin, ...flags }) => {
      const overrides: Overrides = { ...flags, ...(examples ? {} : { examples }), ...(origin && { origins: origin }) };
      const { start } = await import('./start.js');
      const running = await start(() => readConfig(config, env, overrides));
      heedSignals(running, stderr);
      stdout.write(greeting(running));
    });
  addKeys(
    program.command('keys').description('make, list and end keys: in a folder while no server runs'),
    stdout,
    env,
  );
  addDoctor(folderOption(program.command('doctor'), env), stdout, env);
  folderOption(program.command('backup'), env)
    .description('write a copy of the store to a file, and its digest beside it, while no server runs')
    .argument('<file>', 'must not be there')
    .action((file, { folder }) => withStore(folder, (store) => backUp(store, file)));
  folderOption(program.command('restore'), env)
    .description('make a store of a backup, in a new or empty folder')
    .argument('<file>', 'what backup wrote')
    .action((file, { folder }) => restore(file, folder));
  addTransfer(program, (command) => folderOption(command, env), stdout, stderr);
  program
    .command('openapi')
    .description('print the OpenAPI document')
    .action(async () => print(stdout, (await import('../http/openapi.js')).openApiDocument()));
  program
    .command('config-schema')
    .description('print the JSON schema of the configuration')
    .action(() => print(stdout, z.toJSONSchema(Config, { io: 'input', unrepresentable: 'any' })));
  return program;
}

function addKeys(keys: Command, stdout: Streams['stdout'], env: NodeJS.ProcessEnv): void {
  folderOption(keys.command('make'), env)
    .description('make a key and print it, once')
    .option('--scope <scopes...>', `what it allows, of ${SCOPES.join(', ')} (default: all)`)
    .option('--namespace <names...>', 'where it is good for (default: everywhere)')
    .option('--expires <date>', 'until when, such as 2027-01-01T00:00:00Z (default: no end)')
    .action(async ({ folder, scope = SCOPES, namespace: namespaces, expires }) => {
      const { success, data, error } = KeyInput.safeParse({ scopes: scope, namespaces, expires });
      if (!success)
        throw new Refusal(
          'INVALID_REQUEST',
          error.issues.map(({ path, message }) => `${String(path[0])}: ${message}`).join('; '),
        );
      await withStore(folder, async (store) =>
        stdout.write(`${(await (await KeyRing.load(store)).make(data)).secret}\n`),
      );
    });
  folderOption(keys.command('list'), env)
    .description('list keys, without their secrets')
    .action(({ folder }) =>
      withStore(folder, async (store) => {
        for (const key of (await KeyRing.load(store)).list()) stdout.write(`${JSON.stringify(key)}\n`);
      }),
    );
  folderOption(keys.command('delete'), env)
    .description('end a key')
    .argument('<id>')
    .action((id, { folder }) => withStore(folder, async (store) => (await KeyRing.load(store)).delete(id)));
}

function folderOption(command: Command, env: NodeJS.ProcessEnv): Command {
  const { KINDRED_FOLDER = 'kindred-data', DATABASE_URL = KINDRED_FOLDER } = env;
  // What a variable says is not shown in the help: it may hold a password.
  return command.addOption(new Option('--folder <path>', 'where the store is kept').default(DATABASE_URL, 'as serve'));
}

async function withStore(folder: string, use: (store: Store) => Promise<unknown>): Promise<void> {
  const store = await openStore(folder);
  try {
    await use(store);
  } finally {
    await store.close();
  }
}

function greeting({ address, place, hasExamples, service }: Running): string {
  const scenario = service.tenants.get('default')?.scenarios.keys().next().value;
  const [path, body] =
    scenario === undefined
      ? ['events', '{"user":"ann","item":"chess"}']
      : [
          `scenarios/${scenario}/recommend`,
          hasExamples || scenario === 'packages' ? '{"user":"gimp","k":3,"explain":true}' : '{"user":"ann","k":3}',
        ];
  return `kindred-server ${VERSION} answers at ${address} from ${place}${hasExamples ? ', which now holds the examples' : ''}.

  curl -s ${address}/v1/${path} -H 'content-type: application/json' -d '${body}'

The API, with requests to paste: ${address}/docs
`;
}

function print(stdout: Streams['stdout'], json: object): void {
  stdout.write(`${JSON.stringify(json, undefined, 2)}\n`);
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
