/** `kindred search`: the rows of a vector file nearest to each query. */
import { KindredError, VectorIndex } from '../../index.js';
import type { NumericArray } from '../../io/index.js';
import { readVectors, type VectorFile, type VectorFileOptions } from '../input/read-vectors.js';
import type { Output } from '../output/output.js';
import type { ProgressLine } from '../output/progress-line.js';

export interface SearchCommandOptions extends VectorFileOptions {
  readonly k: number;
  readonly vector?: readonly number[];
  readonly queries?: string;
  readonly minScore?: number;
  readonly metric: 'cosine' | 'dot' | 'euclidean';
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
  const corpus = await readVectors(file, options, progress);
  const queries = await readQueries(corpus, words, options, progress);
  if (queries.dim !== corpus.vectors.dim) {
    throw new KindredError(
      'DIMENSION_MISMATCH',
      `queries of ${queries.dim} numbers for rows of ${corpus.vectors.dim} in ${file}`,
    );
  }
  progress.show('searching ...');
  const index = VectorIndex.from(corpus.vectors.data, { dim: corpus.vectors.dim, metric: options.metric });
  const hits = index.searchBatch(queries.data, {
    k: options.k,
    minScore: options.minScore ?? Number.NEGATIVE_INFINITY,
  });
  progress.done();

  const answers = queries.names.map((query, n) => ({
    query,
    results: hits.row(n).map((hit) => ({ ...hit, id: corpus.names.nameOf(hit.id), row: hit.id })),
  }));
  if (options.json) {
    print.json({ file, metric: options.metric, queries: answers });
    return;
  }
  for (const { query, results } of answers) {
    print.heading(`nearest to ${query}`);
    print.ranking(results.map(({ id, score, distance }) => ({ name: id, score, distance })));
  }
}

async function readQueries(
  { vectors, names }: VectorFile,
  words: readonly string[],
  options: SearchCommandOptions,
  progress: ProgressLine,
): Promise<Queries> {
  if (options.vector !== undefined) {
    const data = Float64Array.from(options.vector);
    return { data, dim: data.length, names: ['the vector'] };
  }
  if (options.queries !== undefined) {
    const { vectors: rows, names: rowNames } = await readVectors(options.queries, { dim: vectors.dim }, progress);
    return { ...rows, names: Array.from({ length: rows.rows }, (_, row) => rowNames.nameOf(row)) };
  }
  const rows = words.map((word) => names.rowOf(word));
  const { dim } = vectors;
  const data = new Float64Array(rows.length * dim);
  rows.forEach((row, n) => {
    data.set(vectors.data.subarray(row * dim, (row + 1) * dim), n * dim);
  });
  return { data, dim, names: rows.map((row) => names.nameOf(row)) };
}
