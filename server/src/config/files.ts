/** Files of configuration: JSON, or a module of JavaScript or TypeScript. Whatever is wrong is told with its line. */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Refusal } from '../errors.js';

const MODULES: readonly string[] = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'];

export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Refusal('INVALID_REQUEST', `${file} cannot be read: ${(error as Error).message}`);
  }
}

export function readJsonFile(file: string): unknown {
  const text = readText(file);
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    const at = /position (\d+)/.exec(message)?.[1];
    // What ends too early says no position.
    const line = at !== undefined ? lineAt(text, Number(at)) : lineAt(text, text.trimEnd().length);
    throw new Refusal('INVALID_REQUEST', `${file}:${line}: ${message}`);
  }
}

/** The default export of a module, run anew if the file has changed. */
export async function readModuleFile(file: string): Promise<unknown> {
  const extension = extname(file);
  if (!MODULES.includes(extension)) {
    const message = `${file} is of a kind that is not read; expected .json or one of ${MODULES.join(', ')}.`;
    throw new Refusal('INVALID_REQUEST', message);
  }
  const path = resolve(file);
  readText(path);
  const { typescript } = process.features as { typescript?: string | false };
  if (extension.endsWith('ts') && !typescript) {
    const message = `${file} is TypeScript, which Node reads from 22.18 on, and this is ${process.versions.node}. Use a newer Node, or a .js or .json file.`;
    throw new Refusal('INVALID_REQUEST', message);
  }
  const url = pathToFileURL(path).href;
  try {
    // Modules are remembered by their address, and those of CommonJS also by their path.
    delete createRequire(url).cache[path];
    const { default: config } = await import(`${url}?${statSync(path).mtimeMs}`);
    return config;
  } catch (error) {
    const { name, message, stack = '' } = error as Error;
    // Only the process that ends by it says where the grammar of a module is wrong.
    const told = name === 'SyntaxError' ? spawnSync(process.execPath, ['--check', path]).stderr.toString() : stack;
    throw new Refusal('INVALID_REQUEST', `${file}${lineInStack(told, path, url)}: ${message}`);
  }
}

/** The line where a place such as `models.games.kind` stands: its names are found one behind the other. */
export function lineOf(text: string, place: string): number {
  let from = 0;
  for (const name of place.split(/[.[\]]+/).filter((each) => each !== '')) {
    const escaped = name.replaceAll(/[^\w]/g, '\\$&');
    const found = new RegExp(`(["']${escaped}["']|(?<![\\w$.-])${escaped})\\s*[:,}]`).exec(text.slice(from));
    if (found) from += found.index;
  }
  return lineAt(text, from);
}

function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}

/** The first line of the file that a stack names, or what tells of wrong grammar. */
function lineInStack(stack: string, path: string, url: string): string {
  for (const line of stack.split('\n')) {
    const from = [url, path].map((each) => line.indexOf(each)).find((at) => at >= 0);
    const [, number] = (from !== undefined && /^[^\s:]*(?::\/\/[^\s:]+)?:(\d+)/.exec(line.slice(from))) || [];
    if (number !== undefined) return `:${number}`;
  }
  return '';
}
