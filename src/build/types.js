/** Makes what the compiler wrote readable for older compilers, and for programs without the types of Node or a browser. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * Names of the platform and of newer compilers, as they are where they are known, else with what is needed here.
 * `typeof globalThis extends` looks without asking for them.
 */
const PLATFORM = `/** Types of the platform: its own where they are known, else what kindred needs of them. */
type Known<Name extends string, Else> =
  typeof globalThis extends { readonly [Key in Name]: { prototype: infer Type } } ? Type : Else;

export type AbortSignal = Known<
  'AbortSignal',
  {
    readonly aborted: boolean;
    readonly reason: any;
    throwIfAborted(): void;
    addEventListener(type: 'abort', listener: () => void): void;
    removeEventListener(type: 'abort', listener: () => void): void;
  }
>;
export type Blob = Known<
  'Blob',
  { readonly size: number; slice(start?: number, end?: number): Blob; arrayBuffer(): Promise<ArrayBuffer> }
>;
export type ReadableStream<Chunk> =
  typeof globalThis extends { readonly ReadableStream: { prototype: infer Type } }
    ? Type & { getReader(): unknown }
    : { getReader(): { read(): Promise<{ done: boolean; value?: Chunk }> } };
export type URL = Known<'URL', { readonly href: string; readonly protocol: string }>;

/** Of TypeScript 5.4. */
export type NoInfer<Type> = [Type][Type extends any ? 0 : never];
`;
const NAMES = ['AbortSignal', 'Blob', 'ReadableStream', 'URL', 'NoInfer'];

/**
 * Keeps what public names lead to, and rewrites it.
 * @param {string} types the folder @param {string[]} entries without their ending
 */
export function finishTypes(types, entries) {
  // What Node runs is CommonJS, and so are its types.
  writeFileSync(join(types, 'package.json'), '{ "type": "commonjs" }\n');
  const reached = new Set(entries.map((name) => join(types, `${name}.d.ts`)));
  for (const file of reached) {
    const code = readFileSync(file, 'utf8');
    for (const [, name] of code.matchAll(/(?:from |import\()['"](\.[^'"]+)\.js['"]/g)) {
      reached.add(join(dirname(file), `${name}.d.ts`));
    }
    writeFileSync(file, rewritten(code, relative(dirname(file), join(types, 'platform.js'))));
  }
  writeFileSync(join(types, 'platform.d.ts'), PLATFORM);
  const written = readdirSync(types, { recursive: true }).map((name) => join(types, name));
  const kept = new Set([...reached, join(types, 'platform.d.ts')]);
  for (const file of written) if (file.endsWith('.d.ts') && !kept.has(file)) rmSync(file);
}

function rewritten(code, platform) {
  const statements = code.replaceAll(/\/\*[\s\S]*?\*\//g, '');
  const used = NAMES.filter((name) => new RegExp(`\\b${name}\\b`).test(statements));
  const lines = [];
  if (statements.includes('Symbol.dispose')) lines.push('/// <reference lib="esnext.disposable" />');
  if (used.length > 0) {
    const from = platform.startsWith('.') ? platform : `./${platform}`;
    lines.push(`import type { ${used.join(', ')} } from '${from}';`);
  }
  // Arrays have been generic since TypeScript 5.7, and of any buffer if nothing else is said.
  const plain = code.replaceAll(/\b(\w+Array)<ArrayBufferLike>/g, '$1');
  return [...lines, plain.replaceAll(/\b(\w+Array)<ArrayBuffer>/g, 'ReturnType<typeof $1.of>')].join('\n');
}
