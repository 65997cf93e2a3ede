/** Compiles the kernels of one level, and says why where that cannot be. */
import { unpack } from './unpack.js';

/** @throws Error saying what the environment lacks. */
export function compile(packed: string, level: string): WebAssembly.Module {
  probe(level);
  return allowed(() => new WebAssembly.Module(unpack(packed)));
}

/** The same where only a promise is allowed, and without holding the thread. */
export async function compileAhead(packed: string, level: string): Promise<WebAssembly.Module> {
  requireInstructions(level);
  try {
    return await WebAssembly.compile(unpack(packed));
  } catch (cause) {
    throw refused(cause);
  }
}

/**
 * Tells whether kernels of a level would compile here, at a hundredth of the cost.
 * @throws Error saying what the environment lacks.
 */
export function probe(level: string): void {
  const binary = requireInstructions(level);
  allowed(() => new WebAssembly.Module(binary));
}

/** Code that needs the newest instructions of each level, as bytes. */
const NEWEST: Readonly<Record<string, readonly number[]>> = {
  // i8x16.relaxed_swizzle of two vectors of zeros.
  'relaxed-simd': [65, 0, 253, 15, 65, 0, 253, 15, 253, 128, 2, 26],
  // i8x16.splat of zero.
  simd: [65, 0, 253, 15, 26],
  scalar: [],
};
/** A module of one function without parameters, up to its code. */
const BEFORE_CODE = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0];

/** @returns a few bytes with the newest instructions of the level. */
function requireInstructions(level: string): Uint8Array<ArrayBuffer> {
  if (typeof WebAssembly === 'undefined') throw new Error('there is no WebAssembly here');
  const body = [0, ...NEWEST[level], 11];
  const binary = Uint8Array.of(...BEFORE_CODE, 10, body.length + 2, 1, body.length, ...body);
  if (WebAssembly.validate(binary)) return binary;
  throw new Error(`this WebAssembly engine cannot run the instructions of the level "${level}"`);
}

function allowed<T>(compile: () => T): T {
  try {
    return compile();
  } catch (cause) {
    throw refused(cause);
  }
}

function refused(cause: unknown): Error {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new Error(
    `compiling WebAssembly is refused here; a Content-Security-Policy must allow 'wasm-unsafe-eval', ` +
      `and an edge runtime must be handed a compiled module by init of kindred/wasm (${detail})`,
    { cause },
  );
}
