/** Kernels brought by hand, in every form that `init` takes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { unpack } from '../../src/backend/wasm/module/unpack.js';
import { openBackend } from '../../src/index.js';
import { init } from '../../src/wasm/index.js';
import { checkout } from '../fixtures/machine.js';

const folder = join(checkout, 'src/backend/wasm/module/binaries');
const file = join(folder, 'simd.wasm');
const bytes = new Uint8Array(readFileSync(file));

describe('init', () => {
  it.each([
    ['a module', () => new WebAssembly.Module(bytes)],
    ['bytes', () => bytes],
    ['a view into larger memory', () => new Uint8Array([0, ...bytes, 0]).subarray(1, bytes.length + 1)],
    ['a buffer', () => bytes.slice().buffer],
    ['a URL', () => pathToFileURL(file)],
    ['the text of a URL', () => pathToFileURL(file).href],
    ['a Response', () => new Response(bytes)],
    ['a promise', () => Promise.resolve(new Response(bytes))],
    ['nothing', () => undefined],
  ])('takes %s', async (_, source) => {
    const { candidates } = await init(source());
    expect(candidates.find(({ name, level }) => name === 'wasm' && level === 'simd')?.ok).toBe(true);
    expect(openBackend('wasm/simd').dot(Float32Array.of(1, 2), Float32Array.of(3, 4))).toBe(11);
  });

  it('refuses what is not the kernels of this version, and says what was given', async () => {
    const other = bytes.slice();
    // The stamp is the last that the file says.
    other[other.length - 1] ^= 1;
    const empty = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
    for (const [source, message] of [
      [other, /another version/],
      [empty, /another module/],
      [Uint8Array.of(1, 2, 3), /cannot compile/],
      [new Response('', { status: 404 }), /404/],
      [7, /not 7/],
      [null, /not null/],
      [{}, /Module, bytes, a URL or a Response/],
    ] as const) {
      await expect(init(source as never)).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(message),
      });
    }
  });
});

it.each(['relaxed-simd', 'simd', 'scalar'])('the text of %s is its file', async (level) => {
  const { packed } = (await import(`../../src/backend/wasm/module/binaries/${level}.ts`)) as { packed: string };
  expect(packed).toMatch(/^[!#%-;=-[\]-_a-~]+$/);
  expect(Buffer.compare(unpack(packed), readFileSync(join(folder, `${level}.wasm`)))).toBe(0);
});
