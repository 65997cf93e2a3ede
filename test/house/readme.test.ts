/** The README's programs run as printed, and give what their comments say. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as embeddings from '../../src/embeddings/index.js';
import * as kindred from '../../src/index.js';
import * as recommend from '../../src/recommend/index.js';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const programs = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);

/** Runs a program and returns the value of its last expression. Its imports become parameters. */
function run(code: string, last: string): unknown {
  const body = code.replace(/^import .*$/gm, '').replace(last, `return ${last}`);
  const names = { ...kindred, ...recommend, ...embeddings };
  return new Function(...Object.keys(names), body)(...Object.values(names));
}

it('the first program finds tea and coffee with the scores shown', () => {
  const hits = run(programs[0], 'index.search([1, 0.2, 0], 2)') as { id: string; score: number }[];
  for (const { id, score } of hits) {
    const shown = new RegExp(`id: '${id}', score: ([\\d.]+?)\\.\\.\\.`).exec(programs[0])?.[1];
    expect(String(score).startsWith(shown as string)).toBe(true);
  }
  expect(hits.map((hit) => hit.id)).toEqual(['tea', 'coffee']);
});

it('the recommender says what its comments say', () => {
  const code = programs.find((program) => program.includes('ItemKnn')) as string;
  const items = run(code, "model.recommend('cy', { k: 2 })") as { item: string; score: number }[];
  expect(items.map((each) => each.item)).toEqual(['chess', 'shogi']);
  expect(items[0].score).toBe(items[1].score);
  const { score, reasons } = run(code, "model.explain('cy', 'chess')") as {
    score: number;
    reasons: { item: string; contribution: number }[];
  };
  expect(reasons).toEqual([{ item: 'go', contribution: score }]);
});

it('every function it lists is exported', () => {
  const listed = [...readme.matchAll(/^\| (`\w+\(.*?)\|/gm)].flatMap(([, cell]) =>
    [...cell.matchAll(/`(\w+)\(/g)].map(([, name]) => name),
  );
  expect(listed.length).toBeGreaterThan(8);
  for (const name of listed) expect(typeof (kindred as Record<string, unknown>)[name]).toBe('function');
});

it('the word vectors say what its comments say', () => {
  const code = programs.find((program) => program.includes('Word2Vec.fit')) as string;
  const nearest = run(code, "vectors.nearest('tea', 1)") as { word: string }[];
  expect(nearest.map(({ word }) => word)).toEqual(['coffee']);
  expect(run(code, "vectors.oddOneOut(['tea', 'coffee', 'chess'])")).toBe('chess');
});
