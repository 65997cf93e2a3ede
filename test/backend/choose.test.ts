/** The choice of a backend among made-up candidates: the first that opens and computes right, or exactly the one asked for. */
import { describe, expect, it, vi } from 'vitest';
import type { Backend, Candidate } from '../../src/backend/contract/backend.js';
import { reference } from '../../src/backend/reference/index.js';

const candidate = (level: string, changes: Partial<Backend>): Candidate => ({
  name: 'wasm',
  level,
  open: () => ({ ...reference, name: 'wasm', level, ...changes }),
});

vi.mock('#backend', () => ({
  candidates: [
    candidate('wrong', { dot: () => 42 }),
    candidate('simd-and-more', {}),
    candidate('simd', {}),
    { name: 'reference', level: 'plain', open: () => reference },
  ],
  cpuFeatures: () => [],
  requestedBackend: () => undefined,
}));
const { backendInfo, defaultBackend, openBackend } = await import('../../src/backend/choose.js');

describe('choosing', () => {
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
