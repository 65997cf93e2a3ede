/** Compiles the kernels of one level, and says why where that cannot be. */

/** @throws Error saying what the environment lacks. */
export function compile(base64: string, level: string): WebAssembly.Module {
  if (typeof WebAssembly === 'undefined') throw new Error('there is no WebAssembly here');
  const binary = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  if (!WebAssembly.validate(binary)) {
    throw new Error(`this WebAssembly engine cannot run the instructions of the level "${level}"`);
  }
  try {
    return new WebAssembly.Module(binary);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `compiling WebAssembly is refused here; a Content-Security-Policy must allow 'wasm-unsafe-eval' (${detail})`,
      { cause },
    );
  }
}
