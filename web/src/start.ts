/** Starts the worker where no connection can be made, brings it the packages, and then the other examples. */
import { Engine } from './engine/calls.js';
import type { EngineTasks } from './engine/worker.js';
import workerUrl from './engine/worker.js?worker&url';
import { closeTheDoor, workerWithoutNetwork } from './privacy.js';

export interface Started {
  readonly engine: Engine<EngineTasks>;
  /** Names of the packages, which can be asked for at once. */
  readonly packages: readonly string[];
  readonly counts: { readonly users: number; readonly items: number; readonly size: number };
  /** From the first byte of the page until questions are answered, in ms. */
  readonly readyAfter: number;
}

/** What comes after the first answer. With it the door is closed. */
export interface Examples {
  readonly words: readonly string[];
  readonly sections: readonly string[];
  /** Which backend computes, of all that were tried. */
  readonly backend: string;
  readonly node: { readonly backend: string; readonly hash: string };
}

export async function start(): Promise<Started> {
  const [script, csv] = await Promise.all([fetchBytes(workerUrl), fetchBytes('./data/packages.csv.gz')]);
  const engine = new Engine<EngineTasks>(await workerWithoutNetwork(script));
  const { names, ...counts } = await engine.ask('readPackages', { csv: await unpacked(csv) });
  return { engine, packages: names, counts, readyAfter: performance.now() };
}

/** @param report how many of the files are here, from 0 to 1 */
export async function loadExamples({ engine }: Started, report: (done: number) => void): Promise<Examples> {
  const names = [
    'words.npy',
    'words.txt',
    'sections.npy',
    'sections.tsv',
    'scalar.wasm',
    'relaxed-simd.wasm',
    'node.json',
  ];
  let arrived = 0;
  const [words, wordNames, sections, titles, scalar, relaxed, node] = await Promise.all(
    names.map(async (name) => {
      const bytes = await fetchBytes(`./data/${name}`);
      report(++arrived / names.length);
      return bytes;
    }),
  );
  closeTheDoor();
  const { backend } = await engine.ask('readKernels', { modules: [scalar, relaxed] });
  await engine.ask('readTexts', { set: 'words', npy: words });
  await engine.ask('readTexts', { set: 'sections', npy: sections });
  return {
    words: linesOf(wordNames),
    sections: linesOf(titles).map((line) => line.split('\t')[2]),
    backend,
    node: JSON.parse(new TextDecoder().decode(node)),
  };
}

async function fetchBytes(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} is not on this server (${response.status})`);
  return new Uint8Array(await response.arrayBuffer());
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
