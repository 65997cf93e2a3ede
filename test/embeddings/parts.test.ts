/**
 * Parts of the training of embeddings: own logarithm and exponential, noise, subsampling, co-occurrences, the addon's
 * checks.
 */
import { describe, expect, it } from 'vitest';
import { loadAddon } from '../../src/backend/native/addon.js';
import { reference } from '../../src/backend/reference/index.js';
import { Random } from '../../src/backend/reference/random.js';
import { coOccurrences, shuffle } from '../../src/embeddings/training/co-occurrences.js';
import { exp, log, power } from '../../src/embeddings/training/exact-math.js';
import { keepThresholds, noiseTable, sigmoidTable } from '../../src/embeddings/training/noise.js';
import { numberSentences } from '../../src/embeddings/training/sentences.js';
import { runAtOnce } from '../../src/turns/steps.js';
import { describeUnless, noAddon } from '../fixtures/machine.js';

describe('functions with the same bits everywhere', () => {
  const relative = (value: number, expected: number) =>
    Math.abs(value - expected) / Math.max(Math.abs(expected), 1e-300);

  it('log is right to a few units of its last place', () => {
    expect(log(1)).toBe(0);
    for (const x of [1e-300, 1e-9, 0.1, 0.5, 0.7, 0.999999, 1.000001, 1.41, 2, 3, 10, 12345.678, 1e300]) {
      expect(relative(log(x), Math.log(x))).toBeLessThan(1e-14);
    }
  });

  it('exp and power are right to 13 digits', () => {
    expect([exp(0), power(7, 0), power(1, 0.75)]).toEqual([1, 1, 1]);
    for (const x of [-700, -20.5, -1, -0.35, -1e-9, 1e-9, 0.35, 1, 2, 20.5, 700]) {
      expect(relative(exp(x), Math.exp(x))).toBeLessThan(1e-13);
    }
    expect(relative(power(81, 0.75), 27)).toBeLessThan(1e-14);
    expect(relative(power(5, -2), 0.04)).toBeLessThan(1e-14);
  });

  it('have these very bits', () => {
    expect([log(5), exp(3), power(10, 0.6)]).toEqual([1.6094379124341003, 20.085536923187668, 3.981071705534972]);
  });
});

describe('sfc32', () => {
  it('goes on from its state, and its streams differ', () => {
    const random = Random.seeded(5, 0);
    const state = random.state.slice();
    const next = [random.bits(), random.bits()];
    const again = new Random(state);
    expect([again.bits(), again.bits()]).toEqual(next);
    expect(Random.seeded(5, 1).bits()).not.toBe(next[0]);
    expect(Random.seeded(6, 0).bits()).not.toBe(next[0]);
  });

  it('draws every number below a limit about equally often', () => {
    const random = Random.seeded(1, 0);
    const counts = new Array(10).fill(0);
    for (let n = 0; n < 20_000; n++) counts[random.below(10)]++;
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200);
    expect(random.below(1)).toBe(0);
  });
});

describe('tables', () => {
  it('the sigmoid is right in the middle of each step of 1/64', () => {
    const table = sigmoidTable();
    expect(table).toHaveLength(1025);
    for (const step of [0, 300, 511, 512, 513, 1023]) {
      const middle = (step + 0.5) / 64 - 8;
      expect(Math.abs(table[step] - 1 / (1 + Math.exp(-middle)))).toBeLessThan(1e-7);
    }
  });

  it.each([0.75, 0, 1, -0.5])('noise is drawn in proportion to the counts to the power of %f', (exponent) => {
    const counts = Float64Array.of(1000, 500, 100, 100, 10, 1, 1);
    const { accept, alias } = noiseTable(counts, exponent);
    const words = counts.length;
    const share = new Float64Array(words);
    accept.forEach((limit, word) => {
      share[word] += limit / 2 ** 32 / words;
      share[alias[word]] += (1 - limit / 2 ** 32) / words;
    });
    const total = counts.reduce((sum, count) => sum + count ** exponent, 0);
    share.forEach((part, word) => {
      expect(part).toBeCloseTo(counts[word] ** exponent / total, 8);
    });
  });

  it('words are kept with the probability of the authors’ program', () => {
    const counts = Float64Array.of(9_000, 990, 10);
    const [often, , rare] = keepThresholds(counts, 1e-3);
    expect(often / 2 ** 32).toBeCloseTo(Math.sqrt(1e-3 / 0.9) + 1e-3 / 0.9, 8);
    expect(rare).toBe(2 ** 32 - 1);
    expect([...keepThresholds(counts, 0)]).toEqual([2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1]);
  });
});

describe('co-occurrences', () => {
  const text = ['a b c a', 'c', 'b b a rare', ''].map((line) => line.split(' ').filter(Boolean));
  const options = { window: 2, xMax: 2, alpha: 0.75, maxPairs: 100 };

  it('are those of a count by hand', () => {
    const cells = runAtOnce(coOccurrences(numberSentences(text, 2), options));
    const often = new Map<string, number>();
    cells.words.forEach((word, n) => {
      often.set(`${'abc'[word]}${'abc'[cells.contexts[n]]}`, Math.exp(cells.logs[n]));
      const weight = Math.min(1, Math.exp(cells.logs[n]) / 2) ** 0.75;
      expect(cells.weights[n]).toBeCloseTo(weight, 6);
    });
    // a b c a: ab 1, ac 1/2, bc 1, ba 1/2, ca 1; b b a: bb 1 (from both sides), ba 1/2 and 1.
    const expected = { ab: 3, ba: 3, ac: 1.5, ca: 1.5, bc: 1, cb: 1, bb: 2 };
    expect(often.size).toBe(Object.keys(expected).length);
    for (const [pair, times] of Object.entries(expected)) expect(often.get(pair)).toBeCloseTo(times, 6);
  });

  it('are shuffled as whole cells', () => {
    const cells = runAtOnce(coOccurrences(numberSentences(text, 2), options));
    const list = () =>
      Array.from(cells.words, (word, n) => [word, cells.contexts[n], cells.logs[n], cells.weights[n]].join());
    const before = list();
    runAtOnce(shuffle(cells, Random.seeded(1, 0)));
    expect(list()).not.toEqual(before);
    expect(list().sort()).toEqual(before.sort());
  });
});

it('a training that was freed says so', () => {
  const setup = { words: 1, stride: 16, rows: new Float32Array(32), biases: new Float32Array(2) };
  const glove = reference.openGlove(setup);
  glove.free();
  expect(() => glove.rows()).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
});

describeUnless(noAddon(), 'the addon refuses', () => {
  const good = () => ({
    words: 3,
    stride: 16,
    window: 2,
    negative: 2,
    sigmoid: new Float32Array(1025),
    accept: new Uint32Array(3),
    alias: new Uint32Array(3),
    input: new Float32Array(48),
    output: new Float32Array(48),
    random: new Uint32Array(4),
    tokens: Uint32Array.of(0, 1, 2, 1),
    ends: Uint32Array.of(2, 4),
    rates: Float32Array.of(0.1, 0.1),
  });
  const cells = () => ({
    words: 2,
    stride: 16,
    rows: new Float32Array(64),
    squares: new Float32Array(64).fill(1),
    biases: new Float32Array(4),
    biasSquares: new Float32Array(4).fill(1),
    wordOf: Uint32Array.of(0, 1),
    contextOf: Uint32Array.of(1, 1),
    logs: new Float32Array(2),
    weights: new Float32Array(2),
    rate: 0.05,
  });
  const kernels = () => loadAddon().open('scalar');
  const skipGram = (wrong: object) => kernels().trainSkipGram({ ...good(), ...wrong });
  const glove = (wrong: object) => kernels().trainGlove({ ...cells(), ...wrong });

  it('nothing that is right', () => {
    expect(() => skipGram({})).not.toThrow();
    expect(() => glove({})).not.toThrow();
  });

  it.each([
    { words: 0 },
    { words: 2 },
    { words: 2 ** 40 },
    { words: Number.NaN },
    { stride: 15 },
    { stride: 0 },
    { stride: 32 },
    { window: 0 },
    { window: -1 },
    { negative: 101 },
    { sigmoid: new Float32Array(1024) },
    { accept: new Uint32Array(2) },
    { alias: Uint32Array.of(0, 1, 3) },
    { input: new Float32Array(47) },
    { input: new Float64Array(48) },
    { output: new Float32Array(49) },
    { random: new Uint32Array(3) },
    { tokens: Uint32Array.of(0, 1, 2, 3) },
    { tokens: [0, 1, 2, 1] },
    { ends: Uint32Array.of(2, 5) },
    { ends: Uint32Array.of(4, 2) },
    { rates: Float32Array.of(0.1) },
  ])('skip-gram with %o', (wrong) => expect(() => skipGram(wrong)).toThrow(TypeError));

  it.each([
    { words: 3 },
    { stride: 8 },
    { rows: new Float32Array(63) },
    { squares: new Float32Array(1) },
    { biases: new Float32Array(2) },
    { biasSquares: undefined },
    { wordOf: Uint32Array.of(0, 2) },
    { contextOf: Uint32Array.of(2, 0) },
    { contextOf: Uint32Array.of(1) },
    { logs: new Float32Array(1) },
    { weights: new Float32Array(3) },
  ])('GloVe with %o', (wrong) => expect(() => glove(wrong)).toThrow(TypeError));
});
