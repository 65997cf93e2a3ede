/** Turns of the event loop: work in steps, done at once or in slices, watched and ended early. */
import { describe, expect, it, vi } from 'vitest';
import { KindredError } from '../../src/errors.js';
import { readSignal } from '../../src/turns/abort.js';
import type { Progress } from '../../src/turns/progress.js';
import { runAtOnce, runInTurns, type Steps } from '../../src/turns/steps.js';
import { nextTurn, TimeSlice } from '../../src/turns/turn.js';

/** Counts to `total`; each step takes `ms`. `closed` tells that what it holds was given back. */
function counting(total: number, ms = 0) {
  const state = { closed: 0 };
  function* steps(): Steps<string> {
    try {
      for (let done = 1; done <= total; done++) {
        for (const end = performance.now() + ms; performance.now() < end; );
        yield { phase: 'count', done, total };
      }
      return 'all';
    } finally {
      state.closed++;
    }
  }
  return { steps: steps(), state };
}

describe('work in steps', () => {
  it('ends the same at once and in turns', async () => {
    const told: Progress[] = [];
    expect(runAtOnce(counting(3).steps)).toBe('all');
    expect(await runInTurns(counting(3).steps, { onProgress: (step) => told.push(step) })).toBe('all');
    expect(told.map(({ done }) => done)).toEqual([1, 2, 3]);
  });

  it('lets others have their turn when a slice is over', async () => {
    let turns = 0;
    const immediate = setImmediate(function count() {
      turns++;
      setImmediate(count).unref();
    });
    await runInTurns(counting(4, 15).steps);
    clearImmediate(immediate);
    expect(turns).toBeGreaterThanOrEqual(3);
  });

  it('ends between two steps when it is aborted, and gives back what it held', async () => {
    const { steps, state } = counting(9);
    const abort = new AbortController();
    const onProgress = ({ done }: Progress) => done === 2 && abort.abort(new Error('enough'));
    await expect(runInTurns(steps, { onProgress, signal: abort.signal })).rejects.toThrow('enough');
    expect(state.closed).toBe(1);
    await expect(runInTurns(counting(9).steps, { signal: abort.signal })).rejects.toThrow('enough');
  });

  it('ends with what the caller throws, and gives back what it held', async () => {
    const { steps, state } = counting(9);
    const onProgress = () => {
      throw new Error('stop');
    };
    await expect(runInTurns(steps, { onProgress })).rejects.toThrow('stop');
    expect(state.closed).toBe(1);
  });

  it('refuses options of the wrong kind', async () => {
    await expect(runInTurns(counting(1).steps, { onProgress: 1 as never })).rejects.toThrow(
      'onProgress must be a function, not 1',
    );
    await expect(runInTurns(counting(1).steps, { signal: {} as never })).rejects.toThrow(
      'signal must be an AbortSignal, not an object of class Object',
    );
  });

  it.each<[string, unknown]>([
    ['number', 7],
    ['null', null],
    ['object', {}],
    ['controller', new AbortController()],
    ['half of one', { aborted: false, throwIfAborted: () => undefined }],
    ['signal that nobody can leave', { aborted: false, throwIfAborted: () => {}, addEventListener: () => {} }],
    ['heir of the class', Object.create(AbortSignal.prototype)],
  ])('takes no %s for a signal', (_, signal) => {
    expect(() => readSignal(signal as never)).toThrow(KindredError);
  });
});

describe('a turn', () => {
  it('comes by a message where there is no setImmediate, and never by a timer', async () => {
    vi.stubGlobal('setImmediate', undefined);
    const timer = vi.spyOn(globalThis, 'setTimeout');
    try {
      let others = 0;
      queueMicrotask(() => others++);
      await nextTurn();
      expect(others).toBe(1);
      expect(timer).not.toHaveBeenCalled();
    } finally {
      vi.unstubAllGlobals();
      timer.mockRestore();
    }
  });

  it('begins a new slice', async () => {
    const slice = new TimeSlice(0);
    expect(slice.isOver).toBe(true);
    expect(new TimeSlice(1e9).isOver).toBe(false);
    await slice.next();
  });
});
