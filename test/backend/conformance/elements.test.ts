/** The numbers that stored elements stand for, from the definition of each type and not by the code under test. */
import { describe, expect, it } from 'vitest';
import type { Dtype } from '../../../src/backend/contract/backend.js';
import { allocate, widen } from '../../../src/backend/reference/elements.js';
import { reference } from '../../../src/backend/reference/index.js';

const KNOWN: readonly [Dtype, number, number][] = [
  ['float16', 0x0000, 0],
  ['float16', 0x8000, -0],
  ['float16', 0x0001, 1 / 16777216],
  ['float16', 0x83ff, -1023 / 16777216],
  ['float16', 0x0400, 1 / 16384],
  ['float16', 0x3555, 1365 / 4096],
  ['float16', 0x3c00, 1],
  ['float16', 0xc000, -2],
  ['float16', 0x7bff, 65504],
  ['float16', 0x7c00, Number.POSITIVE_INFINITY],
  ['float16', 0xfc00, Number.NEGATIVE_INFINITY],
  ['float16', 0x7c01, Number.NaN],
  ['bfloat16', 0x0000, 0],
  ['bfloat16', 0x8000, -0],
  ['bfloat16', 0x3f80, 1],
  ['bfloat16', 0xc049, -3.140625],
  ['bfloat16', 0x0001, 9.183549615799121e-41],
  ['bfloat16', 0x7f7f, 3.3895313892515355e38],
  ['bfloat16', 0xff80, Number.NEGATIVE_INFINITY],
  ['bfloat16', 0x7fc0, Number.NaN],
  ['int8', -128, -128],
  ['int8', 127, 127],
];

describe('a stored element', () => {
  it.each(KNOWN)('of %s, %i, stands for %d', (dtype, stored, value) => {
    const elements = allocate(dtype, 1);
    elements[0] = stored;
    expect(widen(dtype, elements)[0]).toBe(value);
  });

  it('of float16 lies one step above the element before it', () => {
    const values = widen(
      'float16',
      Uint16Array.from({ length: 0x7c00 }, (_, bits) => bits),
    );
    let step = 1 / 16777216;
    for (let bits = 1; bits < 0x7c00; bits++) {
      // From the second binade of normal numbers on, each has steps twice as wide.
      if (bits > 0x0800 && bits % 0x400 === 1) step *= 2;
      expect(values[bits] - values[bits - 1]).toBe(step);
    }
  });
});

it('an unknown dtype is refused by name', () => {
  expect(() => reference.openCorpus(2, 'dot', { dtype: 'int4' as Dtype })).toThrow(/float32, .*int8, not "int4"/);
});
