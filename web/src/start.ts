/** Brings the examples, closes the door, and only then starts the worker, which inherits that it is closed. */
import { Engine } from './engine/calls.js';
import type { EngineTasks } from './engine/worker.js';
import workerUrl from './engine/worker.js?worker&url';
import { closeTheDoor } from './privacy.js';

export interface Started {
  readonly engine: Engine<EngineTasks>;
  /** Names of the packages, which can be asked for at once. */
  readonly packages: readonly string[];
  readonly counts: { readonly users: number; readonly items: number; readonly size: number };
  readonly words: readonly string[];
  readonly sections: readonly string[];
  /** Which backend computes. */
  readonly backend: string;
  readonly node: { readonly backend: string; readonly hash: string };
  /** From the first byte of the page until questions are answered, in ms. */
  readonly readyAfter: number;
}

const NAMES = [
  'packages.csv.gz',
  'words.npy',
  'words.txt',
  'sections.npy',
  'sections.tsv',
  'scalar.wasm',
  'relaxed-simd.wasm',
  'node.json',
] as const;
type Name = (typeof NAMES)[number];

/** @param report how many of the bytes are here, from 0 to 1 */
export async function start(report: (done: number) => void): Promise<Started> {
  const [script, files] = await Promise.all([textAt(workerUrl), fetchAll(report)]);
  closeTheDoor();
  const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  const engine = new Engine<EngineTasks>(new Worker(url));
  const { backend } = await engine.ask('readKernels', { modules: [files['scalar.wasm'], files['relaxed-simd.wasm']] });
  const { names, ...counts } = await engine.ask('readPackages', { csv: await unpacked(files['packages.csv.gz']) });
  const readyAfter = performance.now();
  // Nobody waits for these: what asks for a text waits in the worker.
  for (const set of ['words', 'sections'] as const) engine.ask('readTexts', { set, npy: files[`${set}.npy`] });
  return {
    engine,
    packages: names,
    counts,
    words: linesOf(files['words.txt']),
    sections: linesOf(files['sections.tsv']).map((line) => line.split('\t')[2]),
    backend,
    node: JSON.parse(new TextDecoder().decode(files['node.json'])),
    readyAfter,
  };
}

async function fetchAll(report: (done: number) => void): Promise<Record<Name, Uint8Array<ArrayBuffer>>> {
  let arrived = 0;
  const entries = NAMES.map(async (name) => {
    const response = await fetch(`./data/${name}`);
    if (!response.ok) throw new Error(`${name} is not on this server (${response.status})`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    report(++arrived / NAMES.length);
    return [name, bytes] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Record<Name, Uint8Array<ArrayBuffer>>;
}

async function textAt(url: string): Promise<string> {
  return await (await fetch(url)).text();
}

/** Some servers unpack `.gz` on the way, others do not. */
async function unpacked(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function linesOf(bytes: Uint8Array): string[] {
  return new TextDecoder().decode(bytes).trimEnd().split('\n');
}
