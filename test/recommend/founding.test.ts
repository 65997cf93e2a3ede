/** docs/guide/founding-example.md is run as it stands: its code must print what the page says it prints. */
import { readFileSync } from 'node:fs';
import { format } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as kindred from '../../src/index.js';
import * as recommend from '../../src/recommend/index.js';

const page = readFileSync(new URL('../../docs/guide/founding-example.md', import.meta.url), 'utf8');

const modules: Record<string, Record<string, unknown>> = { kindred, 'kindred/recommend': recommend };

/** The fenced blocks of the page in one language, in order. */
function blocks(language: string): string[] {
  return [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, found]) => found === language)
    .map(([, , text]) => text);
}

/** Runs the page's code as one program and returns what it prints. Its imports become parameters. */
function run(code: string): string {
  const names: string[] = [];
  const values: unknown[] = [];
  const body = code.replace(/^import \{ (.*) \} from '(.*)';$/gm, (_, imported: string, from: string) => {
    for (const name of imported.split(', ')) {
      names.push(name);
      values.push(modules[from][name]);
    }
    return '';
  });
  const lines: string[] = [];
  const console = { log: (...printed: unknown[]) => lines.push(`${format(...printed)}\n`) };
  new Function(...names, 'console', `'use strict';\n${body}`)(...values, console);
  return lines.join('');
}

it('prints what the page says', () => {
  expect(blocks('js').length).toBeGreaterThan(4);
  expect(run(blocks('js').join('\n'))).toBe(blocks('text').join(''));
});

describe('the page’s claims', () => {
  const bought = [0, 1, 2, 0, 1, 2].map((kind) => [kind, kind + 3]);
  const interactions = recommend.Interactions.from(
    bought.flatMap((things, user) => things.map((item) => ({ user, item }))),
  );
  const models = [recommend.UserKnn.fit(interactions), recommend.ItemKnn.fit(interactions)];

  it('a similarity of 1 for exactly the twins, 0 for the rest', () => {
    const { data } = kindred.similarityMatrix(
      bought.map((things) => [0, 1, 2, 3, 4, 5].map((j) => +things.includes(j))),
    );
    expect([...data]).toEqual([...Array(36)].map((_, n) => +(Math.floor(n / 6) % 3 === (n % 6) % 3)));
  });

  it('nobody is like themselves, by id and for any k', () => {
    for (const model of models) {
      for (const user of interactions.users) {
        for (const k of [1, 2, 6, 100]) {
          expect(model.similarUsers(user, k).map((similar) => similar.user)).toEqual([(user + 3) % 6]);
        }
      }
    }
  });

  it('twins have nothing for each other; with seen things let in, they have their own', () => {
    for (const model of models) {
      for (const user of interactions.users) {
        expect(model.recommend(user)).toEqual([]);
        const items = model.recommend(user, { excludeSeen: false }).map(({ item }) => item);
        expect(items).toEqual(bought[user]);
      }
    }
  });
});
