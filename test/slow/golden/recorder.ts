/** A backend that answers as the reference does and writes down what it was asked and what it answered. */
import type {
  Als,
  AlsSetup,
  Backend,
  Corpus,
  CorpusOptions,
  Elements,
  Encoder,
  Floats,
  Glove,
  GloveSetup,
  GramInverse,
  Metric,
  NeighborOptions,
  SkipGram,
  SkipGramSetup,
  SparseRows,
  SparseTopKOptions,
  TopRequest,
  TopRows,
} from '../../../src/backend/contract/backend.js';
import { reference } from '../../../src/backend/reference/index.js';
import type { GoldenWriter } from './writer.js';

export function recordingBackend(file: GoldenWriter): Backend {
  const pair = (kernel: 'dot' | 'cosine' | 'euclidean') => (a: Floats, b: Floats) => {
    const answer = reference[kernel](a, b);
    file.add(kernel, typeOf(a), a, b, answer);
    return answer;
  };
  let opened = 0;
  return {
    ...reference,
    dot: pair('dot'),
    cosine: pair('cosine'),
    euclidean: pair('euclidean'),
    pairs(metric, a, b, out) {
      reference.pairs(metric, a, b, out);
      file.add('pairs', metric, typeOf(a.data), a.data, a.rows, b.data, b.rows, a.dim, out);
    },
    matrix(metric, a, b, out) {
      const bad = reference.matrix(metric, a, b, out);
      file.add('matrix', metric, typeOf(a.data), a.data, a.rows, b?.data, b?.rows ?? 0, a.dim, bad, out);
      return bad;
    },
    openCorpus: (dim, metric, options) => recordCorpus(file, opened++, dim, metric, options),
    openGramInverse: (rows, l2) => recordInverse(file, rows, l2),
    denseTopK(weights, dense, options) {
      const found = reference.denseTopK(weights, dense, options);
      file.add('dense-top-k', ...fieldsOf(weights), dense.data, dense.dim, ...choiceOf(options), ...answerOf(found));
      return found;
    },
    sparseNeighbors(matrix, options) {
      const found = reference.sparseNeighbors(matrix, options);
      recordNeighbors(file, matrix, options, found);
      return found;
    },
    openNeighbors(matrix, options) {
      const task = reference.openNeighbors(matrix, options);
      return instead(task, {
        take() {
          const found = task.take();
          recordNeighbors(file, matrix, options, found);
          return found;
        },
      });
    },
    sparseTopK(weights, lists, options) {
      const found = reference.sparseTopK(weights, lists, options);
      const given = [typeOf(weights.values), ...fieldsOf(weights), ...fieldsOf(lists)];
      file.add('sparse-top-k', ...given, ...choiceOf(options), ...answerOf(found));
      return found;
    },
    openSkipGram: (setup) => recordSkipGram(file, opened++, setup),
    openGlove: (setup) => recordGlove(file, opened++, setup),
    openAls: (setup) => recordAls(file, setup),
  };
}

function recordCorpus(file: GoldenWriter, id: number, dim: number, metric: Metric, options?: CorpusOptions): Corpus {
  const corpus = reference.openCorpus(dim, metric, options);
  file.add('open', id, dim, metric, corpus.dtype);
  // A case asks the same question of encoded rows once more; the program does that by itself, by every way.
  let last: { queries: Floats; request: TopRequest; found: TopRows } | undefined;
  const encoder: Encoder = {
    state: undefined,
    encode(rows) {
      if (rows < Number.MAX_SAFE_INTEGER) file.add('encode', id, rows);
      return 0;
    },
    freeze: () => undefined,
    *adopting() {},
  };
  const replaced: Partial<Corpus> = {
    encoder,
    append(rows: Elements) {
      last = undefined;
      const bad = corpus.append(rows);
      file.add('append', id, rows, bad);
      return bad;
    },
    overwrite(slot, row) {
      last = undefined;
      const taken = corpus.overwrite(slot, row);
      file.add('overwrite', id, slot, row, Number(taken));
      return taken;
    },
    read(slot, count = 1) {
      const rows = corpus.read(slot, count);
      file.add('read', id, slot, count, rows);
      return rows;
    },
    compact(keep) {
      last = undefined;
      corpus.compact(keep);
      file.add('compact', id, keep);
    },
    search(queries, request) {
      if (last?.queries === queries && last.request === request) return last.found;
      const found = corpus.search(queries, request);
      file.add('search', id, queries, request.k, request.minScore, request.admit, ...answerOf(found));
      last = { queries, request, found };
      return found;
    },
    openGraph(request) {
      file.add('graph', id, request.k, request.minScore, request.admit);
      return undefined;
    },
    free() {
      corpus.free();
      file.add('free', id);
    },
  };
  return instead(corpus, replaced);
}

function recordNeighbors(file: GoldenWriter, matrix: SparseRows, options: NeighborOptions, found: TopRows): void {
  const { k, similarity = 'cosine', shrinkage = 0, overlap = 'full', minSupport = 1, rows } = options;
  const how = [k, similarity, shrinkage, Number(overlap === 'corated'), minSupport, rows] as const;
  file.add('neighbors', ...fieldsOf(matrix), ...how, ...answerOf(found));
}

/** Written down when it is given back: a column that failed, or the inverse and all weights. */
function recordInverse(file: GoldenWriter, rows: SparseRows, l2: number): GramInverse {
  const task = reference.openGramInverse(rows, l2);
  let failed = -1;
  return instead(task, {
    advance(products) {
      try {
        task.advance(products);
      } catch (error) {
        failed = Number(/column (\d+)/.exec(String(error))?.[1]);
        throw error;
      }
    },
    free() {
      const weights = new Float32Array(failed < 0 ? task.size * task.size : 0);
      if (failed < 0) task.weights(0, task.size, weights);
      file.add('inverse', ...fieldsOf(rows), l2, failed, failed < 0 ? task.inverse() : new Float64Array(0), weights);
      task.free();
    },
  });
}

function recordSkipGram(file: GoldenWriter, id: number, setup: SkipGramSetup): SkipGram {
  const training = reference.openSkipGram(setup);
  const { words, stride, window, negative, input, accept, alias, sigmoid, random } = setup;
  file.add('skip-gram', id, words, stride, window, negative, input, accept, alias, sigmoid, random);
  return instead(training, {
    train(tokens, ends, rates) {
      training.train(tokens, ends, rates);
      file.add('train-skip-gram', id, tokens, ends, rates, training.rows());
    },
  });
}

function recordGlove(file: GoldenWriter, id: number, setup: GloveSetup): Glove {
  const training = reference.openGlove(setup);
  file.add('glove', id, setup.words, setup.stride, setup.rows, setup.biases);
  return instead(training, {
    train(cells, rate) {
      training.train(cells, rate);
      file.add('train-glove', id, cells.words, cells.contexts, cells.logs, cells.weights, rate, training.rows());
    },
  });
}

/** Each step carries all that it needs, so that the program remembers nothing. */
function recordAls(file: GoldenWriter, setup: AlsSetup): Als {
  const als = reference.openAls(setup);
  const grams: Record<string, Float32Array> = {};
  return instead(als, {
    gram(of) {
      const gram = als.gram(of);
      grams[of] = gram;
      file.add('als-gram', als.factors(of), setup.stride, gram);
      return gram;
    },
    solve(side, first, last, how) {
      const other = side === 'users' ? 'items' : 'users';
      const [cells, l2] = side === 'users' ? [setup.byUser, setup.userL2] : [setup.byItem, setup.itemL2];
      const given = [cells.indptr, cells.indices, cells.values, als.factors(other), grams[other], l2, setup.stride];
      const before = als.factors(side);
      als.solve(side, first, last, how);
      const steps = [first, last, how.steps, how.tolerance, Number(how.cold)];
      file.add('als-solve', ...given, ...steps, before, als.factors(side));
    },
  });
}

const typeOf = (values: Floats) => (values instanceof Float32Array ? 'float32' : 'float64');

const fieldsOf = ({ rows, columns, indptr, indices, values }: SparseRows<Floats>) =>
  [rows, columns, indptr, indices, values] as const;

const answerOf = ({ stride, counts, positions, scores }: TopRows) => [stride, counts, positions, scores] as const;

const choiceOf = ({ k, exclude, admit, above, minScore }: SparseTopKOptions) =>
  [k, exclude?.indptr, exclude?.indices, admit, above, minScore] as const;

/** `target` with some of its members replaced. */
function instead<T extends object>(target: T, replaced: Partial<T>): T {
  return new Proxy(target, {
    get(_, key) {
      if (key in replaced) return replaced[key as keyof T];
      const value = target[key as keyof T];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
