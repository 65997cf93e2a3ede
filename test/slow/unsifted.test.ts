/** What the fast tier leaves out where no bound sifts rows: long searches of encoded rows, and graphs. */
import { describe, expect, it } from 'vitest';
import { reference } from '../../src/backend/reference/index.js';
import { difference } from '../backend/conformance/case.js';
import { siftingCases } from '../backend/conformance/cases.js';
import { attackGraph, graphMetrics } from '../fixtures/attacked.js';
import { ATTACKS, attack } from '../fixtures/attacks.js';
import { openLevels } from '../fixtures/levels.js';

const siftless = openLevels.filter(({ backend }) => backend.level === 'scalar' || backend.name === 'plain');
/** Those of other backends than the best one. */
const shareNothing = openLevels.filter(({ backend }) => backend.name === 'wasm' && backend.level !== 'scalar');

describe.each(siftingCases.map((each) => [each.name, each] as const))('%s', (_, each) => {
  const expected = each.run(reference);

  it.each(siftless.map(({ label, backend }) => [label, backend] as const))('on %s', (_, backend) => {
    expect(difference(each.run(backend), expected)).toBeUndefined();
  });
});

describe.each(Object.keys(ATTACKS))('every row looks for every other: %s', (name) => {
  const made = attack(name);

  for (const { label, backend } of made.large ? shareNothing : siftless) {
    it.each(graphMetrics(name, made))(`%s on ${label}`, (metric) => attackGraph(backend, metric, made, 1));
  }
});
