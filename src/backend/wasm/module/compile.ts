/** Compiles the kernels of one level, and says why where that cannot be. */
import { unpack } from './unpack.js';

/** @throws Error saying what the environment lacks. */
export function compile(packed: string, level: string): WebAssembly.Module {
  const binary = validated(packed, level);
  try {
    return new WebAssembly.Module(binary);
  } catch (cause) {
    throw refused(cause);
  }
}

/** The same where only a promise is allowed, and without holding the thread. */
export async function compileAhead(packed: string, level: string): Promise<WebAssembly.Module> {
  const binary = validated(packed, level);
  try {
    return await WebAssembly.compile(binary);
  } catch (cause) {
    throw refused(cause);
  }
}

function validated(packed: string, level: string): Uint8Array<ArrayBuffer> {
  if (typeof WebAssembly === 'undefined') throw new Error('there is no WebAssembly here');
  const binary = unpack(packed);
  if (!WebAssembly.validate(binary)) {
    throw new Error(`this WebAssembly engine cannot run the instructions of the level "${level}"`);
  }
  return binary;
}

function refused(cause: unknown): Error {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new Error(
    `compiling WebAssembly is refused here; a Content-Security-Policy must allow 'wasm-unsafe-eval', ` +
      `and an edge runtime must be handed a compiled module by init of kindred/wasm (${detail})`,
    { cause },
  );
}
