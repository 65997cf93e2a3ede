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
      () => readObject(options as never, '{ k: 10 }', {} as never),
      `options must be an object such as { k: 10 }, not ${show(options)}`,
    );
  });

  const known = { k: true, minScore: true, filter: true } as const;
  const read = (options: unknown) => readObject(options as { k?: number }, '{ k: 10 }', known as never);

  it.each([
    ['minscore', 'did you mean minScore?'],
    ['filt', 'did you mean filter?'],
    ['threshold', 'did you mean minScore?'],
    ['top_k', 'did you mean k?'],
    ['where', 'did you mean filter?'],
    ['exclude', 'did you mean filter?'],
    ['spelling', 'known are k, minScore, filter'],
    ['constructor', 'known are k, minScore, filter'],
    ['__proto__', 'known are k, minScore, filter'],
  ])('are refused by the name %s: %s', (name, advice) => {
    const options = JSON.parse(`{ "k": 1, ${JSON.stringify(name)}: 1 }`);
    refused(() => read(options), `there is no option "${name}": ${advice}`);
  });

  it('are copied, each read once, without what is undefined', () => {
    let reads = 0;
    const options = {
      get k() {
        return ++reads;
      },
      filter: undefined,
    };
    expect(read(options)).toEqual({ k: 1 });
    expect(Object.keys(read(options))).toEqual(['k']);
    expect(reads).toBe(2);
  });

  it('may be inherited or those of a class, and unknown ones are refused there too', () => {
    class Wanted {
      k = 3;
      get minScore() {
        return 0.5;
      }
      method() {}
    }
    expect(read(new Wanted())).toEqual({ k: 3, minScore: 0.5 });
    expect(read(Object.create({ k: 2 }))).toEqual({ k: 2 });
    expect(read(Object.assign(Object.create(null), { k: 2 }))).toEqual({ k: 2 });
    expect(read(new Proxy({ k: 4 }, {}))).toEqual({ k: 4 });
    refused(() => read(Object.create({ top: 2 })), 'there is no option "top": did you mean k?');
    refused(() => read({ topK: undefined }), 'there is no option "topK": did you mean k?');
  });

  it.each([
    [[10]],
    [new Map([['k', 10]])],
    [new Set(['k'])],
    [Promise.resolve({ k: 10 })],
    [new AbortController().signal],
    [new Date(0)],
    [new Float32Array(2)],
    [() => ({ k: 10 })],
  ])('are no %o', (options) => {
    expect(() => read(options)).toThrow(/^options must be an object such as \{ k: 10 \}, not /);
  });

  it('that cannot be read are refused with the reason', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const broken = {
      get k(): number {
        throw new TypeError('no k today');
      },
    };
    refused(() => read(broken), 'options cannot be read: no k today');
    const thrower = new Proxy(
      {},
      {
        ownKeys() {
          throw 'nothing';
        },
      },
    );
    refused(() => read(thrower), 'options cannot be read: "nothing"');
    expect(() => read(proxy)).toThrow(KindredError);
    expect(show(proxy)).toBe('an object of class unknown');
  });

  it('are no worse for what others add to the prototype of all objects', () => {
    Object.assign(Object.prototype, { added: 1 });
    try {
      expect(Object.keys(read({ k: 1 }))).toEqual(['k']);
      refused(() => read({ added: 1 }), 'there is no option "added": known are k, minScore, filter');
    } finally {
      delete (Object.prototype as { added?: number }).added;
    }
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
    '1n',
  ]);
});
