/** The levels of the wasm backend as candidates: where their kernels come from, and when they are compiled. */
import { KindredError } from '../../errors.js';
import type { Candidate } from '../contract/backend.js';
import { type WasmLevel, wasmBackend } from './backend.js';
import { STAMP } from './module/binaries/stamp.js';
import { compile, compileAhead, probe } from './module/compile.js';

/** Kernels as text (module/unpack.ts). */
type Packed = string;

/** Compiled ahead of their use, or handed in. */
const compiled = new Map<string, WebAssembly.Module>();
/** Why others could not be. */
const refused = new Map<string, Error>();

/** @param packed the kernels, if they are in hand; else somebody must bring them */
export function wasmCandidate(level: WasmLevel, packed?: Packed): Candidate {
  return {
    name: 'wasm',
    level,
    async prepare() {
      if (packed) await compileLevel(level, packed);
    },
    probe() {
      if (compiled.has(level)) return;
      if (!packed) throw missing(level);
      probe(level);
    },
    open() {
      const module = compiled.get(level) ?? (packed && compile(packed, level));
      if (module) return wasmBackend(level, module);
      throw missing(level);
    },
  };
}

function missing(level: string): Error {
  return refused.get(level) ?? new Error('its kernels are not loaded: await init() of kindred/wasm brings them');
}

/** Without holding the thread. @throws Error saying what the environment lacks */
export async function compileLevel(level: WasmLevel, packed: Packed): Promise<void> {
  if (compiled.has(level)) return;
  try {
    compiled.set(level, await compileAhead(packed, level));
  } catch (error) {
    refused.set(level, error as Error);
    throw error;
  }
}

/**
 * Takes kernels that somebody else compiled.
 * @returns their level
 * @throws KindredError INVALID_ARGUMENT for a module that is not of this version's kernels
 */
export function takeModule(module: WebAssembly.Module): string {
  const [section] = WebAssembly.Module.customSections(module, 'kindred');
  const [level, stamp] = section ? String.fromCharCode(...new Uint8Array(section)).split(' ') : [];
  if (level === undefined || stamp !== STAMP) {
    const found = level === undefined ? 'another module' : 'those of another version';
    throw new KindredError(
      'INVALID_ARGUMENT',
      `init takes the kernels of this version of kindred, such as kindred/wasm/simd.wasm, not ${found}`,
    );
  }
  compiled.set(level, module);
  return level;
}
