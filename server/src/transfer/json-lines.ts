/** Tables as JSON Lines. */
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { readJson } from '../schema/json.js';
import type { Plain } from './tables.js';

export async function writeJsonLines(path: string, pages: AsyncIterable<Plain[]>): Promise<number> {
  const stream = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  const done = finished(stream);
  done.catch(() => {});
  let rows = 0;
  for await (const page of pages) {
    rows += page.length;
    const hasRoom = stream.write(page.map((row) => `${JSON.stringify(row, floatsAsNumbers)}\n`).join(''));
    if (!hasRoom) await Promise.race([new Promise<void>((resolve) => stream.once('drain', () => resolve())), done]);
  }
  stream.end();
  await done;
  return rows;
}

/** Each row with the number of its line; what is no JSON is given as an error. */
export async function* readJsonLines(path: string): AsyncGenerator<{ number: number; value: unknown }> {
  let number = 0;
  for await (const line of createInterface({
    input: createReadStream(path, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    number++;
    if (line.trim() === '') continue;
    let value: unknown;
    try {
      value = readJson(line);
    } catch (error) {
      value = error;
    }
    yield { number, value };
  }
}

function floatsAsNumbers(_: string, value: unknown): unknown {
  return value instanceof Float32Array ? [...value] : value;
}
