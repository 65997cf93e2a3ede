/** Case `ease`: the weights of a linear autoencoder, which is a Gram matrix and its inverse. */
import { openBackend } from 'kindred';
import { digest, expectNear, expectSameBits } from '../check.js';
import { powerLawRatings, readRaw, writeRaw } from '../data.js';
import { askPython } from '../peers/python.js';

const L2 = 500;
/** Rows of weights that peers must give. */
const CHECKED_ROWS = 50;

export const ease = {
  name: 'ease',
  about: 'Ease in float64: Gram matrix of the interactions, its inverse, the weights',
  checked: `kindred: all weights bit for bit against wasm; numpy: those of ${CHECKED_ROWS} items within 2e-5`,
  sizes: ({ quick }) => [
    quick
      ? { label: '600 users, 400 items, 20,000 ratings', users: 600, items: 400, ratings: 20_000 }
      : { label: '6,040 users, 3,706 items, 1.1M ratings', users: 6040, items: 3706, ratings: 1_100_000 },
  ],

  prepare(size, folder) {
    const byUser = turned(powerLawRatings(size));
    writeRaw(folder, 'ease-indptr.u32', byUser.indptr);
    writeRaw(folder, 'ease-indices.u32', byUser.indices);
    writeRaw(folder, 'ease-values.f32', byUser.values);
    writeRaw(folder, 'ease-weights.f32', weightsOf(openBackend('wasm'), byUser, 1));
  },

  contenders: ({ levels, threads }) => [
    ...levels.flatMap((level) =>
      (level.startsWith('native') ? threads : [1]).map((count) => ({
        name: `kindred ${level}${count > 1 ? `, ${count} threads` : ''}`,
        isKindred: true,
        level,
        threads: count,
        open: (input) => kindred(input, level, count),
      })),
    ),
    ...[
      ['numpy dense X.T @ X and inv, float64', 'ease_numpy', false],
      ['numpy inv alone, float64', 'ease_numpy', true],
    ].map(([name, task, alone]) => ({
      name: `${name}, 1 thread`,
      needs: ['numpy'],
      threads: 1,
      open: (input) => python(input, task, alone),
    })),
  ],
};

function weightsOf(backend, matrix, threads) {
  const task = backend.openGramInverse(matrix, L2, { threads });
  task.advance(Number.POSITIVE_INFINITY);
  const weights = new Float32Array(matrix.columns * matrix.columns);
  task.weights(0, matrix.columns, weights);
  task.free();
  return weights;
}

function kindred({ size, folder }, level, threads) {
  const backend = openBackend(level);
  const matrix = {
    rows: size.users,
    columns: size.items,
    indptr: readRaw(folder, 'ease-indptr.u32', Uint32Array),
    indices: readRaw(folder, 'ease-indices.u32', Uint32Array),
    values: readRaw(folder, 'ease-values.f32', Float32Array),
  };
  return {
    run: () => weightsOf(backend, matrix, threads),
    check(weights) {
      expectSameBits('weights', weights, readRaw(folder, 'ease-weights.f32', Float32Array));
      return digest(weights);
    },
  };
}

function python({ size, folder, isQuick }, task, alone) {
  const { users, items } = size;
  const answer = askPython({
    task,
    folder,
    threads: 1,
    quick: isQuick,
    users,
    items,
    l2: L2,
    alone,
    checked: CHECKED_ROWS,
  });
  const expected = readRaw(folder, 'ease-weights.f32', Float32Array, CHECKED_ROWS * items);
  expectNear('weights', answer.weights, expected);
  return { samples: answer.samples, note: answer.note };
}

/** Items x users as users x items. */
function turned({ rows, columns, indptr, indices, values }) {
  const starts = new Uint32Array(columns + 1);
  for (const user of indices) starts[user + 1]++;
  for (let user = 0; user < columns; user++) starts[user + 1] += starts[user];
  const next = starts.slice();
  const byUser = { indptr: starts, indices: new Uint32Array(indices.length), values: new Float32Array(values.length) };
  for (let item = 0; item < rows; item++) {
    for (let p = indptr[item]; p < indptr[item + 1]; p++) {
      const at = next[indices[p]]++;
      byUser.indices[at] = item;
      byUser.values[at] = values[p];
    }
  }
  return { rows: columns, columns: rows, ...byUser };
}
