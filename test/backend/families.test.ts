/** Kernels that only models need: a model brings them, and whoever calls them before is told so. */
import { expect, it, vi } from 'vitest';

it('calls before a model has brought them are refused by name', async () => {
  vi.resetModules();
  const { plainCandidate } = await import('../../src/backend/plain/index.js');
  const { withSparse } = await import('../../src/backend/families/sparse.js');
  const plain = plainCandidate.open();
  const matrix = {
    rows: 2,
    columns: 1,
    indptr: Uint32Array.of(0, 1, 2),
    indices: Uint32Array.of(0, 0),
    values: Float32Array.of(1, 2),
  };
  const refused = expect.objectContaining({ code: 'BACKEND_UNAVAILABLE', message: expect.stringMatching(/"sparse"/) });
  expect(() => plain.sparseNeighbors(matrix, { k: 1 })).toThrow(refused);
  expect(withSparse(plain)).toBe(plain);
  expect(Array.from(plain.sparseNeighbors(matrix, { k: 1 }).positions)).toEqual([1, 0]);
  expect(() => plain.openGlove({} as never)).toThrow(/"embedding"/);
});
