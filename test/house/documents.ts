/** Reads the documents: their pages, their blocks of code and their prose; and the examples of docstrings. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Every page for people, by its path from the root. */
export const PAGES: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'bench/README.md',
  ...filesIn('examples', 'README.md'),
  ...filesIn('docs', '.md').filter((path) => !path.startsWith('docs/reference/')),
];

/** Pages whose programs a reader may paste. Those of the server need one that runs: test/server/guide.test.ts. */
export const PAGES_WITH_PROGRAMS = PAGES.filter(
  (path) => path === 'README.md' || (path.startsWith('docs/guide/') && path !== 'docs/guide/server.md'),
);

/** A fenced block of a page, or the example of a docstring. `line` is the number of its first line. */
export interface Block {
  readonly path: string;
  readonly line: number;
  readonly language: string;
  readonly code: string;
}

export function readPage(path: string): string {
  return readFileSync(`${ROOT}/${path}`, 'utf8');
}

/** The fenced blocks of a page, in order. */
export function blocksOf(path: string): Block[] {
  const page = readPage(path);
  return [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map((match) => ({
    path,
    line: page.slice(0, match.index).split('\n').length + 1,
    language: match[1],
    code: match[2],
  }));
}

/** The example in every docstring of the sources, in order of path and line. */
export function examples(): Block[] {
  return filesIn('src', '.ts').flatMap((path) => {
    const text = readPage(path);
    return [...text.matchAll(/^ *\* @example *\n((?: *\*(?! @|\/).*\n)+)/gm)].map((match) => ({
      path,
      line: text.slice(0, match.index).split('\n').length + 1,
      language: 'ts',
      code: match[1].replaceAll(/^ *\* ?/gm, ''),
    }));
  });
}

/** A line of prose: no heading, no table, no code. */
export interface ProseLine {
  readonly line: number;
  readonly text: string;
}

/** The prose of a page as paragraphs. An item of a list is a paragraph. */
export function paragraphsOf(path: string): ProseLine[][] {
  const paragraphs: ProseLine[][] = [];
  let fenced = false;
  let open = false;
  for (const [n, text] of readPage(path).split('\n').entries()) {
    if (text.startsWith('```')) fenced = !fenced;
    const isProse = !fenced && !/^(```|\||#| {4}|\s*$|\s*!\[)/.test(text);
    if (!isProse) {
      open = false;
      continue;
    }
    if (!open || /^ *([-*]|\d+\.) /.test(text)) paragraphs.push([]);
    open = true;
    paragraphs.at(-1)?.push({ line: n + 1, text });
  }
  return paragraphs;
}

/** The sentences of a paragraph. Code and links count as one word each. */
export function sentencesOf(paragraph: readonly ProseLine[]): string[] {
  const text = paragraph
    .map((line) => line.text.trim())
    .join(' ')
    .replace(/^([-*]|\d+\.) /, '')
    .replaceAll(/`[^`]*`/g, 'CODE')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/\b(et al|e\.g|i\.e|vs)\./g, '$1')
    .replaceAll(/\*\*/g, '');
  return text
    .split(/(?<=[.!?:])["”')]*\s+(?=[A-ZÀ-Ž`"“(‖⟨])|(?<=[.!?])["”')]*\s+/)
    .filter((sentence) => /\w/.test(sentence));
}

export function wordsOf(sentence: string): number {
  return sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

/** The files of a folder and of those in it, by their path from the root. */
export function filesIn(folder: string, ending: string): string[] {
  // A dependency may be a link to this very checkout, which a reading of all folders would follow for ever.
  const entries = readdirSync(`${ROOT}/${folder}`, { withFileTypes: true }).filter(
    ({ name }) => name !== 'node_modules',
  );
  return entries
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? filesIn(path, ending) : path.endsWith(ending) ? [path] : [];
    })
    .sort();
}
