/** `kindred search`: the rows of a vector file or of a saved index nearest to each query. */
import { KindredError } from '../../index.js';
import type { NumericArray } from '../../io/index.js';
import { kindByName } from '../input/file-kinds.js';
import { openSource, requireOneStdin } from '../input/source.js';
import type { Output } from '../output/output.js';
import type { ProgressLine } from '../output/progress-line.js';
import { readVectors } from '../vectors/read-vectors.js';
import { type Corpus, type CorpusOptions, openCorpus } from './corpus.js';

export interface SearchCommandOptions extends CorpusOptions {
  readonly k: number;
  readonly vector?: readonly number[];
  readonly queries?: string;
  readonly minScore?: number;
  readonly maxDistance?: number;
  readonly json?: boolean;
}

/** Rows to look for, and what to call each. */
interface Queries {
  readonly data: NumericArray;
  readonly dim: number;
  readonly names: readonly (string | number)[];
}

export async function search(
  file: string,
  words: readonly string[],
  options: SearchCommandOptions,
  { print, progress }: Output,
): Promise<void> {
  const kinds = [words.length > 0, options.vector !== undefined, options.queries !== undefined];
  if (kinds.filter(Boolean).length !== 1) {
    throw new KindredError(
      'INVALID_ARGUMENT',
      'search expects one kind of query: names of rows, --vector or --queries',
    );
  }
  requireOneStdin(file, options.queries, options.ids);
  kindByName(file, options.format);
  const corpus = await openCorpus(await openSource(file, progress), options, progress);
  const ids = words.map((word) => corpus.idOf(word));
  const given = await readQueries(corpus, options, progress);
  if (given !== undefined && given.dim !== corpus.dim) {
    throw new KindredError(
      'DIMENSION_MISMATCH',
      `queries of ${given.dim} numbers for rows of ${corpus.dim} in ${file}`,
    );
  }
  const index = corpus.index(given?.data);
  progress.show('searching ...');
  const data = given?.data ?? ids.map((id) => index.get(id) as Float32Array | Float64Array);
  const { k, minScore, maxDistance } = options;
  const bounds = { ...(minScore !== undefined && { minScore }), ...(maxDistance !== undefined && { maxDistance }) };
  const hits = index.searchBatch(data, { k, ...bounds });
  progress.done();

  const names = given?.names ?? ids.map((id) => corpus.named({ id }).id);
  const answers = names.map((query, n) => ({ query, results: hits.row(n).map((hit) => corpus.named(hit)) }));
  if (options.json) {
    print.json({ file, metric: index.metric, dtype: index.dtype, queries: answers });
    return;
  }
  for (const { query, results } of answers) {
    print.heading(`nearest to ${query}`);
    print.ranking(results.map(({ id, score, distance }) => ({ name: id, score, distance })));
  }
}

/** Queries that are no rows of the file. */
async function readQueries(
  { dim }: Corpus,
  { vector, queries }: SearchCommandOptions,
  progress: ProgressLine,
): Promise<Queries | undefined> {
  if (vector !== undefined) {
    const data = vector.every(isSingle) ? Float32Array.from(vector) : Float64Array.from(vector);
    return { data, dim: data.length, names: ['the vector'] };
  }
  if (queries === undefined) return undefined;
  const { vectors: rows, names } = await readVectors(queries, { dim }, progress);
  return { ...rows, names: Array.from({ length: rows.rows }, (_, row) => names.nameOf(row)) };
}

/** Whether float32 holds all digits that were typed. */
function isSingle(number: number): boolean {
  return Number(Math.fround(number).toPrecision(7)) === number;
}
