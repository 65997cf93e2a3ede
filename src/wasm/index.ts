/**
 * WebAssembly brought by hand: for runtimes that compile none themselves, and for the levels that a page does not carry.
 * @module kindred/wasm
 */
import { refusal } from '../arguments/refuse.js';
import { type BackendInfo, backendInfo, chooseAgain } from '../backend/choose.js';
import { compileLevel, takeModule } from '../backend/wasm/levels.js';
import { KindredError } from '../errors.js';
import { readWholeFile } from '../files/disk.js';

/** What fetch gives, as far as it is needed here. */
export interface WasmResponse {
  readonly ok: boolean;
  readonly status: number;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A compiled module, as a bundler for an edge runtime gives it. Its type needs the types of a browser or of Node. */
export type CompiledModule = object;

/** Kernels: compiled, as bytes, or where they are. */
export type WasmSource = CompiledModule | ArrayBuffer | Uint8Array | URL | string | WasmResponse;

/** Best first. */
const LEVELS = {
  'relaxed-simd': () => import('../backend/wasm/module/binaries/relaxed-simd.js'),
  simd: () => import('../backend/wasm/module/binaries/simd.js'),
  scalar: () => import('../backend/wasm/module/binaries/scalar.js'),
} as const;

/**
 * Brings kernels, and lets the best backend that works by then be the default. What was made before keeps its own.
 * @param source `kindred/wasm/relaxed-simd.wasm`, `simd.wasm` or `scalar.wasm`: a `WebAssembly.Module`, bytes, a URL (or
 * its text), a Response, or a promise of one. If absent, the best level that this engine can run is loaded.
 * @throws KindredError INVALID_ARGUMENT for anything else, also for kernels of another version of kindred.
 * @example
 * const { candidates } = await init();
 * candidates.some(({ name, ok }) => name === 'wasm' && ok); // true
 */
export async function init(source?: WasmSource | Promise<WasmSource>): Promise<BackendInfo> {
  if (source === undefined) await loadTheBest();
  else takeModule(await moduleOf(await source));
  chooseAgain();
  return backendInfo();
}

async function loadTheBest(): Promise<void> {
  for (const [level, load] of Object.entries(LEVELS)) {
    try {
      await compileLevel(level as keyof typeof LEVELS, (await load()).packed);
      return;
    } catch {
      // The next level asks less of the engine; `backendInfo` tells why none could be had.
    }
  }
}

async function moduleOf(source: WasmSource): Promise<WebAssembly.Module> {
  if (typeof WebAssembly === 'undefined') {
    throw new KindredError('BACKEND_UNAVAILABLE', 'there is no WebAssembly here');
  }
  // A module may come from another realm.
  if (Object.prototype.toString.call(source) === '[object WebAssembly.Module]') return source as WebAssembly.Module;
  try {
    return await WebAssembly.compile(await bytesOf(source));
  } catch (cause) {
    if (cause instanceof KindredError) throw cause;
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new KindredError('INVALID_ARGUMENT', `init cannot compile what it was given (${detail})`, { cause });
  }
}

async function bytesOf(source: WasmSource): Promise<ArrayBuffer | Uint8Array<ArrayBuffer>> {
  if (ArrayBuffer.isView(source)) {
    const { buffer, byteOffset, byteLength } = source as Uint8Array;
    return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
  }
  if (Object.prototype.toString.call(source) === '[object ArrayBuffer]') return source as ArrayBuffer;
  if (source instanceof URL || typeof source === 'string') return await bytesAt(source);
  const response = source as WasmResponse;
  if (typeof response?.arrayBuffer !== 'function') {
    throw refusal('source', source, 'a WebAssembly.Module, bytes, a URL or a Response');
  }
  if (response.ok === false) {
    throw new KindredError('INVALID_ARGUMENT', `init was given a Response of status ${response.status}`);
  }
  return await response.arrayBuffer();
}

async function bytesAt(source: string | URL): Promise<ArrayBuffer | Uint8Array<ArrayBuffer>> {
  if (String(source).startsWith('file:')) return await readWholeFile(new URL(source), () => undefined);
  return await bytesOf(await fetch(source));
}
