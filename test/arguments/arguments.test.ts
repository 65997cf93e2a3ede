/** Checks of arguments: what passes, and the sentence that refuses the rest. */
import { describe, expect, it } from 'vitest';
import { readBytes, readChoice, readFlag, readFunction, readIterable, readText } from '../../src/arguments/choices.js';
import { readCount, readInteger, readK, readNumber, readSeed } from '../../src/arguments/numbers.js';
import { readObject } from '../../src/arguments/objects.js';
import { show } from '../../src/arguments/show.js';
import { KindredError } from '../../src/errors.js';

const refused = (act: () => unknown, message: string, code = 'INVALID_ARGUMENT') => {
  let error: unknown;
  try {
    act();
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(KindredError);
  expect(error).toMatchObject({ code, message });
};

describe('numbers', () => {
  it.each([0, -1, 1.5, Number.NaN, 2 ** 53, '3', undefined])('%s is no count', (value) => {
    const given = typeof value === 'string' ? `"${value}"` : String(value);
    refused(() => readK(value), `k must be a positive integer, not ${given}`, 'INVALID_K');
    refused(() => readCount(value, 'limit', ' of lines'), `limit must be a positive integer of lines, not ${given}`);
  });

  it('are returned where they are in range, both ends included', () => {
    expect([readK(1), readCount(2 ** 53 - 1, 'n'), readSeed(0), readInteger(-2, 'n', -2, 3)]).toEqual([
      1,
      2 ** 53 - 1,
      0,
      -2,
    ]);
    expect(readInteger(3, 'n', -2, 3)).toBe(3);
    expect([readNumber(0, 'x', { from: 0, to: 1 }), readNumber(1, 'x', { from: 0, to: 1 })]).toEqual([0, 1]);
  });

  it.each([
    [{ from: 0, to: 1 }, -0.1, 'a number from 0 to 1'],
    [{ from: 0, to: 1 }, 1.1, 'a number from 0 to 1'],
    [{ above: 0, below: 1 }, 0, 'a number between 0 and 1'],
    [{ above: 0, below: 1 }, 1, 'a number between 0 and 1'],
    [{ above: 0 }, 0, 'a finite number above 0'],
    [{ above: 0, to: 10 }, 10.5, 'a finite number above 0 and at most 10'],
    [{ from: 2 }, 1, 'a finite number at least 2'],
    [{ below: 2 }, 2, 'a finite number below 2'],
    [{}, Number.POSITIVE_INFINITY, 'a finite number'],
  ])('outside of %j are refused: %s', (range, value, expected) => {
    refused(() => readNumber(value, 'x', range), `x must be ${expected}, not ${value}`);
    refused(() => readNumber(undefined, 'x', range), `x must be ${expected}, not undefined`);
  });

  it('are integers where they must be', () => {
    refused(() => readInteger(4, 'threads', 1, 3), 'threads must be an integer from 1 to 3, not 4');
    refused(() => readInteger(0, 'threads', 1, 3), 'threads must be an integer from 1 to 3, not 0');
    refused(() => readSeed(-1), 'seed must be an integer of at least 0, not -1');
    refused(() => readSeed(0.5), 'seed must be an integer of at least 0, not 0.5');
  });
});

describe('one of a few things', () => {
  it('passes', () => {
    const act = () => 1;
    const bytes = new Uint8Array(1);
    expect(readChoice('b', 'x', ['a', 'b'])).toBe('b');
    expect([readFlag(false, 'x'), readText('t', 'x')]).toEqual([false, 't']);
    expect([readFunction(act, 'x'), readBytes(bytes, 'x')]).toEqual([act, bytes]);
    expect([...readIterable(new Set([1, 2]), 'x')]).toEqual([1, 2]);
  });

  it('is named when it is another', () => {
    refused(() => readChoice('d', 'x', ['a', 'b', 'c']), `x must be 'a', 'b' or 'c', not "d"`);
    refused(() => readChoice(undefined, 'x', ['a']), `x must be 'a', not undefined`);
    refused(() => readFlag(1, 'x'), 'x must be true or false, not 1');
    refused(() => readText('', 'x'), 'x must be a text, not ""');
    refused(() => readFunction({}, 'x'), 'x must be a function, not an object of class Object');
    refused(() => readBytes([], 'x'), 'x must be a Uint8Array (or Buffer), not an object of class Array');
    refused(() => readIterable('ab', 'x'), 'x must be an array or another iterable, not "ab"');
  });
});

describe('options', () => {
  it.each([null, undefined, 3, 'k'])('must be an object, not %s', (options) => {
    refused(
      () => readObject(options as never, '{ k: 10 }'),
      `options must be an object such as { k: 10 }, not ${show(options)}`,
    );
  });

  it('name the nearest known one for one that is not known', () => {
    const options: { minScore?: number; k?: number } = { k: 1 };
    expect(readObject(options, '{ k: 10 }', ['k', 'minScore'])).toBe(options);
    const misspelt = { minscore: 1 } as never;
    refused(
      () => readObject(misspelt, '{ k: 10 }', ['k', 'minScore'] as never),
      'there is no option "minscore": did you mean minScore?',
    );
    refused(
      () => readObject({ filter: 1 } as never, '{ k: 10 }', ['k', 'minScore'] as never),
      'there is no option "filter": known are k, minScore',
    );
  });
});

it('shows any value in a few characters', () => {
  const shown = ['a', 'x'.repeat(50), 7, null, undefined, [], () => 0, Object.create(null), new Map(), 1n].map(show);
  expect(shown).toEqual([
    '"a"',
    `"${'x'.repeat(40)}..."`,
    '7',
    'null',
    'undefined',
    'an object of class Array',
    'a function',
    'an object of class none',
    'an object of class Map',
    '1',
  ]);
});
