/** What a dropped file is: by what is in it, and by its name only where contents tell nothing. */
import { VectorIndex } from 'kindred';
import { WordVectors } from 'kindred/embeddings';
import { readNpy } from 'kindred/io';
import { type Interactions, modelFromBytes } from 'kindred/recommend';
import { firstLines, previewCsv, previewJsonLines, type TablePreview } from './table-preview.js';

/** A file that was understood. */
export type Opened =
  | { readonly kind: 'table'; readonly bytes: Uint8Array; readonly preview: TablePreview }
  | { readonly kind: 'people'; readonly interactions: Interactions }
  | { readonly kind: 'vectors'; readonly index: VectorIndex<string> | VectorIndex<number> };

/** The first bytes of kindred's own files: docs/formats. */
const MAGIC_INDEX = '\u0089KND';
const MAGIC_MODEL = '\u0089KNM';
const MAGIC_NPY = '\u0093NUMPY';
const MAGIC_GZIP = '\u001f\u008b';

/** A word and at least nine numbers. */
const WORD_VECTOR = /^\S+( -?\d+(\.\d+)?(e[+-]?\d+)?){9,}\s*$/i;
/** The first line of word2vec's text: how many words, and how many numbers each. */
const WORD_COUNTS = /^\d+ \d+\s*$/;

export async function recognise(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Opened> {
  const begins = (magic: string) => [...magic].every((character, n) => bytes[n] === character.charCodeAt(0));
  if (begins(MAGIC_GZIP)) return await recognise(name.replace(/\.gz$/i, ''), await unzipped(bytes));
  if (begins(MAGIC_INDEX)) return { kind: 'vectors', index: VectorIndex.fromBytes<string>(bytes) };
  if (begins(MAGIC_MODEL)) return { kind: 'people', interactions: modelFromBytes(bytes).interactions as Interactions };
  if (begins(MAGIC_NPY)) return { kind: 'vectors', index: VectorIndex.from(readNpy(bytes)) };
  if (/\.(vec|bin|glove)$/i.test(name)) return words(bytes);
  const lines = firstLines(bytes);
  if (lines.length === 0 || lines.some(isBinary)) {
    throw new Error('this is no table, no vectors and no file of kindred that this page can read');
  }
  if (WORD_COUNTS.test(lines[0]) || lines.slice(0, 3).every((line) => WORD_VECTOR.test(line))) return words(bytes);
  const isJson = lines[0].trimStart().startsWith('{');
  return { kind: 'table', bytes, preview: isJson ? previewJsonLines(lines) : previewCsv(lines) };
}

async function unzipped(packed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function words(bytes: Uint8Array): Opened {
  return { kind: 'vectors', index: WordVectors.fromBytes(bytes).toIndex() };
}

/** No text holds control characters, or what a decoder puts for bytes that it does not know. */
function isBinary(line: string): boolean {
  return [...line].some((character) => (character < ' ' && character !== '\t') || character === '\ufffd');
}
