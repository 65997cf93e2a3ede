/** Parts of the command: terminals, colours, spellings, failures of kindred's own. */
import { Writable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { nearSpellings } from '../../src/arguments/near-spellings.js';
import { readSpec } from '../../src/cli/input/model-spec.js';
import { describeFailure, oneLine } from '../../src/cli/output/failure.js';
import { Printer } from '../../src/cli/output/printer.js';
import { ProgressLine } from '../../src/cli/output/progress-line.js';
import { KindredError } from '../../src/index.js';
import { Said } from '../fixtures/processes/command.js';

describe('describeFailure', () => {
  it('gives bad input one line and exit code 2', () => {
    const error = new KindredError('BACKEND_UNAVAILABLE', 'None. Candidates:\n  a: no\n  b: \u001b[31mno');
    expect(describeFailure(error)).toEqual({
      message: 'kindred: None. Candidates: a: no; b: \\u001b[31mno',
      code: 'BACKEND_UNAVAILABLE',
      exitCode: 2,
    });
  });

  it('gives its own failures exit code 1 and their stack', () => {
    const failure = describeFailure(new TypeError('x is not a function'));
    expect(failure.exitCode).toBe(1);
    expect(failure.message).toMatch(/^kindred: internal failure: TypeError: x is not a function\n +at /);
    expect(describeFailure('thrown text')).toEqual({
      message: 'kindred: internal failure: thrown text',
      code: 'INTERNAL',
      exitCode: 1,
    });
  });

  it('keeps a message of one line as it is', () => {
    expect(oneLine('no file "ä — b"')).toBe('no file "ä — b"');
  });
});

describe('readSpec', () => {
  it('gives common options to members that know them and were told nothing else', () => {
    const { members } = readSpec('item-knn:neighbors=7+user-knn+popularity', undefined, { neighbors: 50 });
    expect(members.map(({ options }) => options)).toEqual([{ neighbors: 7 }, { neighbors: 50 }, {}]);
    expect(() => readSpec('popularity', undefined, { neighbors: 50 })).toThrow('has no option neighbors');
  });
});

describe('nearSpellings', () => {
  const known = ['python3-numpy', 'python3-numexpr', 'numpad', 'Paris', 'parish', 'part', 'libavcodec59'];

  it.each([
    ['python3-numyp', ['python3-numpy', 'python3-numexpr']],
    ['paris', ['Paris', 'parish']],
    ['numpy', ['python3-numpy']],
    ['libavcodec', ['libavcodec59']],
    ['LIBAVCODEC59', ['libavcodec59']],
    ['zebra', []],
    ['', []],
  ])('for %j are %j', (wanted, expected) => {
    expect(nearSpellings(wanted, known)).toEqual(expected);
  });

  it('are three at most, nearest first, then in order', () => {
    expect(nearSpellings('aaaa', ['aaab', 'aaaa1', 'AAAA', 'aaac', 'aaad'])).toEqual(['AAAA', 'aaab', 'aaaa1']);
  });
});

describe('on a terminal', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  /** What a printer writes to a terminal. */
  function printed(print: (printer: Printer) => void, env: NodeJS.ProcessEnv = { TERM: 'xterm' }): string {
    const stream = new Said(true);
    print(new Printer(stream, env));
    return stream.text;
  }

  it('answers have colour and bars', () => {
    const text = printed((print) => {
      print.heading('heading');
      print.ranking([
        { name: 'a', score: 0.8 },
        { name: 'b', score: 0.3 },
      ]);
    });
    expect(text).toContain('\u001b[1mheading\u001b[22m');
    expect(text).toContain(`0.8000  \u001b[36m${'█'.repeat(12)}\u001b[39m  a\n`);
    expect(text).toContain(`0.3000  \u001b[36m${'█'.repeat(4)}▌${' '.repeat(7)}\u001b[39m  b\n`);
  });

  it.each([
    ['NO_COLOR', '1'],
    ['TERM', 'dumb'],
  ])('answers have bars and no colour with %s=%s', (name, value) => {
    const text = printed((print) => print.ranking([{ name: 'a', score: 1 }]), { TERM: 'xterm', [name]: value });
    expect(text).toBe(`  1  1.0000  ${'█'.repeat(12)}  a\n`);
  });

  it('negated distances have no bars', () => {
    const text = printed((print) => print.ranking([{ name: 'a', score: -2, distance: 2 }]));
    expect(text).not.toContain('█');
    expect(text).toContain('2.0000  a\n');
  });

  it('progress shows for long work only, and is wiped', () => {
    vi.useFakeTimers();
    const stderr = new Said(true);
    const progress = new ProgressLine(stderr);
    progress.show('reading');
    progress.done();
    expect(stderr.text).toBe('');
    vi.advanceTimersByTime(1000);
    progress.show('learning');
    progress.show('too soon');
    progress.done();
    expect(stderr.text).toBe('\r\u001b[Klearning\r\u001b[K');
    const foretold = new ProgressLine(stderr);
    foretold.show('learning', true);
    expect(stderr.text).toMatch(/Klearning$/);
  });

  it('progress draws how far it is, on one line', () => {
    vi.useFakeTimers();
    const stderr = new Said(true);
    const progress = new ProgressLine(stderr);
    vi.advanceTimersByTime(1000);
    progress.step('training', 1, 4);
    expect(stderr.text).toBe(`\r\u001b[K${'█'.repeat(5)}${' '.repeat(15)}  25 %  training`);
    vi.advanceTimersByTime(1000);
    stderr.text = '';
    progress.step('x'.repeat(300), 4, 4);
    expect(stderr.text.length).toBe(79 + '\r\u001b[K'.length);
  });
});

describe('in a pipe', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('progress is a plain line every few seconds', () => {
    vi.useFakeTimers();
    const stderr = new Said();
    const progress = new ProgressLine(stderr);
    progress.show('learning', true);
    expect(stderr.text).toBe('');
    vi.advanceTimersByTime(5000);
    progress.step('training ease: rows', 12, 100);
    progress.step('training ease: rows', 13, 100);
    vi.advanceTimersByTime(4000);
    progress.step('training ease: rows', 50, 100);
    vi.advanceTimersByTime(1000);
    progress.step('training ease: rows', 60, 100);
    progress.done();
    expect(stderr.text).toBe('training ease: rows 12 %\ntraining ease: rows 60 %\n');
  });

  it('notes stay, without control codes', () => {
    const stderr = new Said();
    new ProgressLine(stderr).note('first\n\u001b[31msecond');
    expect(stderr.text).toBe('first\n\\u001b[31msecond\n');
  });

  it('a table is written no faster than it is read', async () => {
    let written = '';
    let release = () => {};
    const slow = new Writable({
      highWaterMark: 1,
      decodeStrings: false,
      write(chunk, _encoding, done) {
        written += chunk;
        release = done;
      },
    });
    let made = 0;
    const pieces = async function* () {
      while (made < 3) yield String(++made);
    };
    const whole = new Printer(slow, {}).pieces(pieces());
    for (const expected of ['1', '12', '123']) {
      await new Promise((resolve) => setImmediate(resolve));
      expect({ written, made }).toEqual({ written: expected, made: expected.length });
      release();
    }
    await whole;
  });
});
