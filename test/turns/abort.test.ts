/** One listener for each signal, however many wait for it. */
import { getEventListeners } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VectorIndex } from '../../src/index.js';
import { whenAborted } from '../../src/turns/abort.js';
import { backends } from '../fixtures/plain-rows.js';

describe('whenAborted', () => {
  it('listens once, tells all that still wait, and lets go', () => {
    const controller = new AbortController();
    const { signal } = controller;
    const told: string[] = [];
    const forget = ['a', 'b', 'c'].map((name) => whenAborted(signal, (reason) => told.push(`${name} ${reason}`)));
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    forget[1]();
    forget[1]();
    controller.abort('enough');
    expect(told).toEqual(['a enough', 'c enough']);
    for (const each of forget) each();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('leaves nothing behind once nobody waits, and may be asked again', () => {
    const controller = new AbortController();
    for (let n = 0; n < 3; n++) {
      whenAborted(controller.signal, () => expect.fail('nobody waits'))();
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    }
    whenAborted(undefined, () => {})();
  });
});

describe.each(backends)('on %s', (backend) => {
  const warnings: Error[] = [];
  const keep = (warning: Error) => warnings.push(warning);
  beforeAll(() => {
    process.on('warning', keep);
  });
  afterAll(() => {
    process.off('warning', keep);
  });

  it('many calls with one signal warn of no leak, and all end by it', async () => {
    const dim = 24;
    const rows = Float32Array.from({ length: 3000 * dim }, (_, i) => Math.sin(i));
    const index = VectorIndex.from(rows, { dim, backend });
    const controller = new AbortController();
    const { signal } = controller;
    const query = rows.subarray(0, dim);
    const call = (n: number) =>
      [
        () => index.searchAsync(query, { k: 3, signal }),
        () => index.searchBatchAsync([query, query], { k: 3, signal }),
        () => index.neighborsAsync(5, { k: 3, signal }),
        () => index.diverseAsync(query, { k: 3, signal }),
        () => index.neighborGraphAsync({ k: 3, signal }),
        () => index.similarPairsAsync({ limit: 3, signal }),
        () => index.toBytesAsync({ signal }),
        () => VectorIndex.fromAsync(rows, { dim, backend, signal }),
      ][n % 8]();
    await Promise.all(Array.from({ length: 24 }, (_, n) => call(n % 4)));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    const all = Array.from({ length: 32 }, (_, n) => call(n));
    expect(getEventListeners(signal, 'abort').length).toBeLessThanOrEqual(1);
    controller.abort(new Error('enough'));
    for (const [n, each] of (await Promise.allSettled(all)).entries()) {
      // So little may be added or written in the first turn.
      if (n % 8 < 6 || each.status === 'rejected') expect(each).toMatchObject({ reason: { message: 'enough' } });
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(warnings).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});
