/** Imports a peer from this folder's node_modules, or tells that it is not there. */
import { readFileSync } from 'node:fs';

const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

/** The version installed of each peer; undefined where it is not. */
export function installedPeers() {
  return Object.fromEntries(Object.keys(dependencies).map((name) => [name, versionOf(name)]));
}

function versionOf(name) {
  try {
    return JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;
  } catch {
    return undefined;
  }
}

/** A peer's module; its names are on the default export where the package is CommonJS. */
export async function loadPeer(name) {
  const module = await import(name);
  return { ...module.default, ...module };
}

/** TensorFlow.js on its wasm backend with one thread. */
export async function loadTensorflow() {
  const tf = await loadPeer('@tensorflow/tfjs-core');
  const { setThreadsCount } = await loadPeer('@tensorflow/tfjs-backend-wasm');
  setThreadsCount(1);
  if (!(await tf.setBackend('wasm'))) throw new Error('tfjs-wasm does not start here');
  return tf;
}

/**
 * hnswlib in wasm. Built for browsers: it only asks whether there is a window. Its files need IndexedDB, which is not there; it
 * says so at length, and computes all the same.
 */
export async function loadHnswlibWasm() {
  globalThis.window ??= globalThis;
  const { loadHnswlib } = await import('hnswlib-wasm/dist/hnswlib.js');
  return loadHnswlib();
}
