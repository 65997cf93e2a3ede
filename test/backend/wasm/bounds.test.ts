/** The bounds of the encoded search on wasm are those that docs/internals/exactness.md derives, term by term. */
import { join, relative } from 'node:path';
import asc from 'assemblyscript/asc';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkout } from '../../fixtures/machine.js';
import { Random } from '../conformance/random.js';

/** assembly/encoded/certificate.ts as a module of its own. */
interface Certificate {
  roundingFactor(dim: number, levels: number): number;
  normBound(squares: number, dim: number): number;
  scaleFor(largest: number, steps: number): number;
  unitFor(largest: number): number;
  halfWidth(
    ...numbers: [
      metric: number,
      factor: number,
      residual: number,
      kept: number,
      V: number,
      f: number,
      unit: number,
      X: number,
      Y: number,
    ]
  ): number;
  smallestSum(T: number, E: number, B: number, offset: number, scale: number): number;
}

const ROUNDOFF = 2 ** -53;
const [COSINE, EUCLIDEAN] = [0, 2];

let certificate: Certificate;

beforeAll(async () => {
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const entry = relative(process.cwd(), join(checkout, 'assembly/encoded/certificate.ts'));
  const { error, stderr } = await asc.main(
    [entry, '--outFile', 'certificate.wasm', '--runtime', 'stub', '--noAssert'],
    {
      writeFile(_name, contents) {
        binary = contents as Uint8Array<ArrayBuffer>;
      },
    },
  );
  if (error || !binary) throw new Error(stderr.toString());
  const { instance } = await WebAssembly.instantiate(binary, {});
  certificate = instance.exports as unknown as Certificate;
});

/** Equal but for some roundings of float64. */
function expectNear(value: number, derived: number): void {
  expect(Math.abs(value - derived)).toBeLessThanOrEqual(16 * ROUNDOFF * Math.abs(derived));
}

describe('the interval', () => {
  it.each([
    ['cosine', COSINE],
    ['euclidean', EUCLIDEAN],
  ])('for %s adds up what row, query, offset and arithmetic may be off by', (_, metric) => {
    const random = new Random('interval');
    for (let n = 0; n < 200; n++) {
      // Every term is as large as the others, so that none hides behind another.
      const [residual, kept, V, f, X, Y] = Array.from({ length: 6 }, () => 1 + random.below(1000) / 1000);
      const [factor, unit] = [1 + random.below(100) / 100, 2 ** (24 + random.below(3))];
      const rounding = metric === EUCLIDEAN ? factor * (X + Y) ** 2 : factor * X * Y;
      const derived = residual * V + kept * f + 2 ** -24 * unit + rounding;
      expectNear(certificate.halfWidth(metric, factor, residual, kept, V, f, unit, X, Y), derived);
    }
  });

  it('counts the roundings of each dimension, of lanes and of each level of a rotation', () => {
    for (const dim of [1, 15, 16, 17, 384, 1000, 16384]) {
      for (const levels of [0, 1, 8, 14]) {
        const factor = certificate.roundingFactor(dim, levels) / ROUNDOFF;
        const derived = 2 * dim + 2 * Math.ceil(dim / 16) + 4 * levels + 83;
        expect(factor).toBeGreaterThanOrEqual(derived * (1 - 4 * ROUNDOFF));
        expect(factor).toBeLessThan(derived + 2.001);
      }
    }
  });

  it('has norms that are bounds of what they were computed from', () => {
    for (const dim of [1, 64, 4096]) {
      for (const squares of [0, 2 ** -1020, 1e-8, 1, 3, 1e200]) {
        const derived = Math.sqrt(squares + 2 ** -1000) * (1 + (dim + 8) * ROUNDOFF);
        expectNear(certificate.normBound(squares, dim), derived);
      }
    }
  });
});

describe('scales and units', () => {
  it('are rounded up, to 24 bits and to a power of two', () => {
    const random = new Random('scales');
    for (let n = 0; n < 500; n++) {
      const largest = (1 + random.below(2 ** 30)) * 2 ** (random.below(60) - 60);
      for (const steps of [127, 32512]) {
        const scale = certificate.scaleFor(largest, steps);
        expect(scale).toBe(Math.fround(scale));
        expect(scale).toBeGreaterThanOrEqual(largest / steps);
        expect(scale).toBeLessThanOrEqual((largest / steps) * (1 + 2 ** -22));
      }
      const unit = certificate.unitFor(largest);
      expect(Number.isInteger(Math.log2(unit))).toBe(true);
      expect(unit).toBeGreaterThanOrEqual(largest);
      expect(unit).toBeLessThan(2 * largest);
    }
    expect(certificate.scaleFor(2 ** -510, 127)).toBe(0);
    expect(certificate.unitFor(0)).toBe(0);
  });
});

describe('the sum that a row must reach', () => {
  it('is below what the interval asks for, by hardly more than one', () => {
    const random = new Random('sums');
    for (let n = 0; n < 500; n++) {
      const [T, E, B, offset] = Array.from({ length: 4 }, () => random.below(2000) / 1000 - 1);
      const scale = 2 ** -(10 + random.below(6));
      const derived = (T - E - B - offset) / scale;
      const sum = certificate.smallestSum(T, E, B, offset, scale);
      expect(sum).toBeLessThan(derived - 0.9);
      expect(sum).toBeGreaterThan(derived - 1.1);
    }
    expect(certificate.smallestSum(1, 0, 0, 0, 0)).toBe(Number.NEGATIVE_INFINITY);
  });
});
