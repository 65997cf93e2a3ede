/** Parts of the command that a child process cannot show: terminals, colours, spellings, failures of kindred's own. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nearSpellings } from '../../src/cli/input/near-spellings.js';
import { describeFailure, oneLine } from '../../src/cli/output/failure.js';
import { printHeading, printRanking } from '../../src/cli/output/print.js';
import { Progress } from '../../src/cli/output/progress.js';
import { KindredError } from '../../src/index.js';

describe('describeFailure', () => {
  it('gives bad input one line and exit code 2', () => {
    const error = new KindredError('BACKEND_UNAVAILABLE', 'None. Candidates:\n  a: no\n  b: \u001b[31mno');
    expect(describeFailure(error)).toEqual({ message: 'kindred: None. Candidates: a: no; b: ?[31mno', exitCode: 2 });
  });

  it('gives its own failures exit code 1 and their stack', () => {
    const failure = describeFailure(new TypeError('x is not a function'));
    expect(failure.exitCode).toBe(1);
    expect(failure.message).toMatch(/^kindred: internal failure: TypeError: x is not a function\n +at /);
    expect(describeFailure('thrown text')).toEqual({ message: 'kindred: internal failure: thrown text', exitCode: 1 });
  });

  it('keeps a message of one line as it is', () => {
    expect(oneLine('no file "ä — b"')).toBe('no file "ä — b"');
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
  let stdout = '';
  let stderr = '';
  const wasTerminal = [process.stdout.isTTY, process.stderr.isTTY];

  beforeEach(() => {
    stdout = '';
    stderr = '';
    vi.stubEnv('NO_COLOR', '');
    vi.stubEnv('TERM', 'xterm');
    setTerminal([true, true]);
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      stdout += text;
      return true;
    });
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      stderr += text;
      return true;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    vi.useRealTimers();
    setTerminal(wasTerminal);
  });

  function setTerminal([out, err]: boolean[]) {
    process.stdout.isTTY = out;
    process.stderr.isTTY = err;
  }

  it('answers have colour and bars', () => {
    printHeading('heading');
    printRanking([
      { name: 'a', score: 0.8 },
      { name: 'b', score: 0.3 },
    ]);
    expect(stdout).toContain('\u001b[1mheading\u001b[22m');
    expect(stdout).toContain(`0.8000  \u001b[36m${'█'.repeat(12)}\u001b[39m  a\n`);
    expect(stdout).toContain(`0.3000  \u001b[36m${'█'.repeat(4)}▌${' '.repeat(7)}\u001b[39m  b\n`);
  });

  it.each([
    ['NO_COLOR', '1'],
    ['TERM', 'dumb'],
  ])('answers have bars and no colour with %s=%s', (name, value) => {
    vi.stubEnv(name, value);
    printRanking([{ name: 'a', score: 1 }]);
    expect(stdout).toBe(`  1  1.0000  ${'█'.repeat(12)}  a\n`);
  });

  it('negated distances have no bars', () => {
    printRanking([{ name: 'a', score: -2, distance: 2 }]);
    expect(stdout).not.toContain('█');
    expect(stdout).toContain('2.0000  a\n');
  });

  it('progress shows for long work only, and is wiped', () => {
    vi.useFakeTimers();
    const progress = new Progress();
    progress.show('reading');
    progress.done();
    expect(stderr).toBe('');
    vi.advanceTimersByTime(1000);
    progress.show('learning');
    progress.show('too soon');
    progress.done();
    expect(stderr).toBe('\r\u001b[Klearning\r\u001b[K');
    const foretold = new Progress();
    foretold.show('learning', true);
    expect(stderr).toMatch(/Klearning$/);
  });

  it('progress draws how far it is, on one line', () => {
    vi.useFakeTimers();
    const progress = new Progress();
    vi.advanceTimersByTime(1000);
    progress.step('training', 1, 4);
    expect(stderr).toBe(`\r\u001b[K${'█'.repeat(5)}${' '.repeat(15)}  25 %  training`);
    vi.advanceTimersByTime(1000);
    stderr = '';
    progress.step('x'.repeat(300), 4, 4);
    expect(stderr.length).toBeLessThan((process.stderr.columns || 80) + 4);
  });

  it('progress in a pipe is a plain line every few seconds', () => {
    vi.useFakeTimers();
    setTerminal([true, false]);
    const progress = new Progress();
    progress.show('learning', true);
    expect(stderr).toBe('');
    vi.advanceTimersByTime(5000);
    progress.step('training ease: rows', 12, 100);
    progress.step('training ease: rows', 13, 100);
    vi.advanceTimersByTime(4000);
    progress.step('training ease: rows', 50, 100);
    vi.advanceTimersByTime(1000);
    progress.step('training ease: rows', 60, 100);
    progress.done();
    expect(stderr).toBe('training ease: rows 12 %\ntraining ease: rows 60 %\n');
  });

  it('notes stay, without control codes', () => {
    setTerminal([true, false]);
    new Progress().note('first\n\u001b[31msecond');
    expect(stderr).toBe('first\n?[31msecond\n');
  });
});
