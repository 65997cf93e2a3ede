/** The choice of a backend among made-up candidates: the first that opens and computes right, or exactly the one asked for. */
import { describe, expect, it, vi } from 'vitest';
import type { Backend, Candidate } from '../../src/backend/contract/backend.js';
import { reference } from '../../src/backend/reference/index.js';
import { selfTest } from '../../src/backend/self-test.js';

const candidate = (level: string, changes: Partial<Backend>): Candidate => ({
  name: 'wasm',
  level,
  open: () => ({ ...reference, name: 'wasm', level, ...changes }),
});

const [tellOfFall, examine] = vi.hoisted(() => [vi.fn(), vi.fn((_: Backend) => {})]);
examine.mockImplementation(selfTest);
vi.mock('#backend', () => ({
  candidates: [
    candidate('wrong', { dot: () => 42 }),
    candidate('simd-and-more', {}),
    candidate('simd', {}),
    { name: 'reference', level: 'plain', open: () => reference },
  ],
  cpuFeatures: () => [],
  examine,
  requestedBackend: () => undefined,
  tellOfFall,
}));
const { candidates } = await import('#backend');
const { backendInfo, defaultBackend, openBackend } = await import('../../src/backend/choose.js');

describe('choosing', () => {
  it('examines nothing that nobody has asked for', async () => {
    vi.resetModules();
    examine.mockClear();
    const fresh = await import('../../src/backend/choose.js');
    expect(fresh.backendInfo().candidates.map(({ ok }) => ok)).toEqual([false, true, true, true]);
    expect(examine.mock.calls.map(([{ level }]) => level)).toEqual(['wrong', 'simd-and-more']);
    expect(fresh.openBackend('wasm/simd').level).toBe('simd');
    expect(examine).toHaveBeenCalledTimes(3);
  });

  it('tells of a fall once, and of none where a backend is named', async () => {
    vi.resetModules();
    const fresh = await import('../../src/backend/choose.js');
    tellOfFall.mockClear();
    fresh.openBackend('reference');
    expect(tellOfFall).not.toHaveBeenCalled();
    fresh.defaultBackend();
    fresh.backendInfo();
    await fresh.ready();
    fresh.chooseAgain();
    expect(tellOfFall).toHaveBeenCalledTimes(1);
    const [backend, reasonOf] = tellOfFall.mock.calls[0];
    expect(backend.level).toBe('simd-and-more');
    expect(reasonOf(candidates[0])).toMatch(/self-test/);
  });

  it('passes over a backend whose numbers are wrong, and says so', () => {
    expect(defaultBackend().level).toBe('simd-and-more');
    expect(openBackend('wasm').level).toBe('simd-and-more');
    expect(() => openBackend('wasm/wrong')).toThrow(/"wasm\/wrong" cannot be used here[\s\S]*wasm\/wrong: self-test/);
    expect(backendInfo().candidates.map(({ ok }) => ok)).toEqual([false, true, true, true]);
  });

  it('takes a level by its whole name', () => {
    expect(openBackend('wasm/simd').level).toBe('simd');
    for (const name of ['', 'was', 'wasm/', 'wasm/sim', 'native']) {
      expect(() => openBackend(name)).toThrow(expect.objectContaining({ code: 'BACKEND_UNAVAILABLE' }));
    }
  });
});
