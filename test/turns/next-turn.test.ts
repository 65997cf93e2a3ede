/** Turns of the event loop where a runtime lacks or refuses a way to have one. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { nextTurn } from '../../src/turns/turn.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

const refuse = () => {
  throw new Error('not supported here');
};
const WAYS = ['setImmediate', 'scheduler', 'MessageChannel', 'setTimeout'];

describe('a turn comes', () => {
  it.each([
    ['with all there is', {}],
    ['without setImmediate', { setImmediate: undefined }],
    ['where setImmediate is refused', { setImmediate: refuse }],
    ['where the scheduler is refused', { setImmediate: undefined, scheduler: { postTask: refuse } }],
    ['without MessageChannel', { setImmediate: undefined, scheduler: undefined, MessageChannel: undefined }],
    ['where MessageChannel is refused', { setImmediate: undefined, scheduler: {}, MessageChannel: refuse }],
    ['without anything', Object.fromEntries(WAYS.map((way) => [way, undefined]))],
  ])('%s', async (_, globals) => {
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    await expect(nextTurn()).resolves.toBeUndefined();
  });

  it('by the scheduler of a browser before a message', async () => {
    const postTask = vi.fn(async (task: () => void) => task());
    vi.stubGlobal('setImmediate', undefined);
    vi.stubGlobal('scheduler', { postTask });
    vi.stubGlobal('MessageChannel', refuse);
    await nextTurn();
    expect(postTask).toHaveBeenCalledTimes(1);
  });
});
