/** The command `doctor`: what is wrong with a store in a folder, or with a server that runs. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { examineStore } from '../doctor/examine.js';
import { type Finding, tell } from '../doctor/finding.js';
import { Refusal } from '../errors.js';
import { Diagnosis } from '../schema/diagnosis.js';
import type { AsyncReads } from '../store/contract.js';
import { isDatabase, STORE_FILE } from '../store/open.js';
import { isLocked, openEngine } from '../store/sqlite/engine.js';

const ANSWER_WITHIN_MS = 30_000;

/** Ends the command with a code of its own, without a message. */
export class Exit extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** @throws Exit 1 if something is wrong; Refusal for what cannot be examined */
export function addDoctor(command: Command, stdout: { write(text: string): unknown }, env: NodeJS.ProcessEnv): void {
  command
    .description('say what is wrong, and what to do: of the store in a folder, or of a server that runs')
    .option('--url <address>', 'of a server that runs; it knows more than its store')
    .option('--key <key>', 'with the scope read for all namespaces (default: the variable KINDRED_KEY)')
    .addHelpText('after', '\nExit codes: 0 nothing is wrong, 1 something is, 2 it could not be examined.')
    .action(async ({ folder, url, key = env.KINDRED_KEY }) => {
      const findings = url === undefined ? await examineFolder(folder) : await askServer(url, key);
      stdout.write(tell(findings));
      if (findings.some(({ level }) => level === 'wrong')) throw new Exit(1);
    });
}

async function examineFolder(folder: string): Promise<Finding[]> {
  if (isDatabase(folder)) throw new Refusal('UNSUPPORTED', 'Of a database the server tells: --url, not --folder.');
  const path = join(folder, STORE_FILE);
  if (!existsSync(path)) throw new Refusal('UNKNOWN_NAME', `The folder ${folder} has no store ${STORE_FILE}.`);
  const { reads, close } = await openEngine(path, true);
  try {
    const findings = await examineStore(later(reads), folder);
    if (await isLocked(path)) findings.push(SERVER_RUNS);
    return findings;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal('UNAVAILABLE', `The store ${path} cannot be read: ${(error as Error).message}`);
  } finally {
    close();
  }
}

const SERVER_RUNS: Finding = {
  level: 'note',
  about: 'store',
  says: 'A process holds it, such as a server that runs. No other can write.',
  remedy: 'Ask that server: kindred-server doctor --url http://localhost:7878. To use the store otherwise, end it.',
};

function later(reads: object): AsyncReads {
  const each = Object.entries(reads).map(([name, read]) => [name, async (...args: unknown[]) => read(...args)]);
  return Object.fromEntries(each) as AsyncReads;
}

async function askServer(url: string, key: string | undefined): Promise<Finding[]> {
  const address = `${url.replace(/\/+$/, '')}/v1/diagnosis`;
  const answer = await fetch(address, {
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  }).catch((error: Error) => {
    const cause = error.cause instanceof Error ? error.cause.message : error.message;
    throw new Refusal(
      'UNAVAILABLE',
      `${address} does not answer (${cause}). Does the server run, and is it this address?`,
    );
  });
  const body: unknown = await answer.json().catch(() => undefined);
  const { success, data } = Diagnosis.safeParse(body);
  if (answer.ok && success) return data.findings;
  const { detail = 'that is no kindred-server' } = (body ?? {}) as { detail?: string };
  throw new Refusal('UNAVAILABLE', `${address} answers with ${answer.status}: ${detail}`);
}
