/** What `search` and `similar` look through: an index made of a file of vectors, or one that was saved. */
import { nearSpellings } from '../../arguments/near-spellings.js';
import { type Dtype, KindredError, VectorIndex } from '../../index.js';
import type { NumericArray } from '../../io/index.js';
import { isIndex, kindOf } from '../input/file-kinds.js';
import { inFile, type Source, STDIN } from '../input/source.js';
import { refuseOptions, VECTOR_OPTIONS } from '../input/unused-options.js';
import type { ProgressLine } from '../output/progress-line.js';
import { readVectors, type VectorFile, type VectorFileOptions } from '../vectors/read-vectors.js';

export interface CorpusOptions extends VectorFileOptions {
  readonly metric?: 'cosine' | 'dot' | 'euclidean';
  readonly dtype?: Dtype;
}

type Id = string | number;

export interface Corpus {
  readonly dim: number;
  /** @param queries what will be searched, which may need more than the file's own numbers do. */
  index(queries?: NumericArray): VectorIndex<Id>;
  /** @throws KindredError UNKNOWN_ID, INVALID_ARGUMENT */
  idOf(text: string): Id;
  /** A hit as answers show it. */
  named<Hit extends { readonly id: Id }>(hit: Hit): Omit<Hit, 'id'> & { id: Id; row?: number };
}

/** @throws KindredError for a file that cannot be read, and options that it cannot honour. */
export async function openCorpus(source: Source, options: CorpusOptions, progress: ProgressLine): Promise<Corpus> {
  if (kindOf(source, options.format) === 'kindred' && isIndex(source)) return savedCorpus(source, options, progress);
  const file = await readVectors(source.path, options, progress, source);
  const { vectors, names } = file;
  return {
    dim: vectors.dim,
    index(queries) {
      const dtype = options.dtype ?? dtypeOf(file, queries);
      progress.show('indexing ...');
      return VectorIndex.from(vectors.data, { dim: vectors.dim, metric: options.metric, dtype }) as VectorIndex<Id>;
    },
    idOf: (text) => names.rowOf(text),
    named: (hit) => ({ ...hit, id: names.nameOf(hit.id as number), row: hit.id as number }),
  };
}

async function savedCorpus(source: Source, options: CorpusOptions, progress: ProgressLine): Promise<Corpus> {
  const { path } = source;
  refuseOptions(options, VECTOR_OPTIONS, (option) => `${path} holds a saved index; ${option} is for files of vectors`);
  progress.show(`loading ${path} ...`);
  const index: VectorIndex<Id> = await inFile(path, async () => {
    if (path === STDIN) return VectorIndex.fromBytes(await source.whole());
    await source.close();
    return VectorIndex.load(path);
  });
  return {
    dim: index.dim,
    index: () => index,
    idOf(text) {
      if (index.has(text)) return text;
      const number = Number(text);
      if (String(number) === text && index.has(number)) return number;
      const near = nearSpellings(text, Array.from(index.ids(), String)).map((id) => JSON.stringify(id));
      const hint = near.length > 0 ? `did you mean ${near.join(', ')}?` : `it has ${index.size} rows`;
      throw new KindredError('UNKNOWN_ID', `no row of ${path} is named ${JSON.stringify(text)}; ${hint}`);
    },
    named: (hit) => ({ ...hit }),
  };
}

/** The type that holds the file's numbers, and the queries', exactly. */
function dtypeOf({ vectors: { data } }: VectorFile, queries: NumericArray | undefined): Dtype {
  if (data instanceof Float64Array || queries instanceof Float64Array) return 'float64';
  return data instanceof Int8Array ? 'int8' : 'float32';
}
