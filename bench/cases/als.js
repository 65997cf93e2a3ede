/** Case `als`: matrix factorisation of interactions, trained by alternating least squares with conjugate gradients. */
import { openBackend } from 'kindred';
import { digest, expectNear, expectSameBits } from '../check.js';
import { powerLawRatings, Random, readRaw, writeRaw } from '../data.js';
import { askPython } from '../peers/python.js';

const FACTORS = 64;
const ITERATIONS = 15;
const STEPS = 3;
const ALPHA = 10;
const L2 = 10;

/**
 * Scores that peers must give, most of them between 0 and 1. Their sums run in orders of their own, and iterations
 * that stop long before the optimum pass the differences on.
 */
const CHECKED_USERS = 100;
const SCORE_TOLERANCE = 2e-2;

export const als = {
  name: 'als',
  about: `${FACTORS} factors, ${ITERATIONS} iterations of alternating least squares, ${STEPS} steps of conjugate gradients each`,
  checked: `kindred: all factors bit for bit against wasm; numpy: the scores of ${CHECKED_USERS} users within ${SCORE_TOLERANCE}`,
  sizes: ({ quick }) => [
    quick
      ? { label: '600 users, 400 items, 20,000 ratings', users: 600, items: 400, ratings: 20_000 }
      : { label: '6,040 users, 3,706 items, 1.1M ratings', users: 6040, items: 3706, ratings: 1_100_000 },
  ],

  prepare(size, folder) {
    const byItem = powerLawRatings(size);
    byItem.values = byItem.values.map((value) => ALPHA * value);
    writeMatrix(folder, 'als-items', byItem);
    writeMatrix(folder, 'als-users', transpose(byItem));
    const random = new Random(11);
    const spread = 0.1 / Math.sqrt(FACTORS);
    const start = Float32Array.from({ length: size.items * FACTORS }, () => spread * random.gaussian());
    writeRaw(folder, 'als-start.f32', start);
    const { users, items } = train(openBackend('wasm'), size, folder, 1);
    writeRaw(folder, 'als-expected-users.f32', users);
    writeRaw(folder, 'als-expected-items.f32', items);
  },

  contenders: ({ levels, threads }) => [
    ...levels.flatMap((level) =>
      threadsOf(level, threads).map((count) => ({
        name: `kindred ${level}${count > 1 ? `, ${count} threads` : ''}`,
        isKindred: true,
        level,
        threads: count,
        open: (input) => kindred(input, level, count),
      })),
    ),
    ...threads.map((count) => ({
      name: `numpy, dense blocks, ${count} ${count === 1 ? 'thread' : 'threads'}`,
      needs: ['numpy'],
      threads: count,
      open: (input) => python(input, count),
    })),
  ],
};

/** Only the native backend has more than one. */
const threadsOf = (level, threads) => (level.startsWith('native') ? threads : [1]);

function train(backend, { users, items }, folder, threads) {
  const training = backend.openAls({
    stride: FACTORS,
    byUser: readMatrix(folder, 'als-users', users, items),
    byItem: readMatrix(folder, 'als-items', items, users),
    users: new Float32Array(users * FACTORS),
    items: readRaw(folder, 'als-start.f32', Float32Array),
    userL2: new Float32Array(users).fill(L2),
    itemL2: new Float32Array(items).fill(L2),
    threads,
  });
  const how = { steps: STEPS, tolerance: 0, cold: false };
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    training.gram('items');
    training.solve('users', 0, users, how);
    training.gram('users');
    training.solve('items', 0, items, how);
  }
  const factors = { users: training.factors('users'), items: training.factors('items') };
  training.free();
  return factors;
}

function kindred({ size, folder }, level, threads) {
  const backend = openBackend(level);
  return {
    run: () => train(backend, size, folder, threads),
    check({ users, items }) {
      expectSameBits('factors of users', users, readRaw(folder, 'als-expected-users.f32', Float32Array));
      expectSameBits('factors of items', items, readRaw(folder, 'als-expected-items.f32', Float32Array));
      return digest(users, items);
    },
  };
}

function python({ size, folder, isQuick }, threads) {
  const answer = askPython({
    task: 'als_numpy',
    folder,
    threads,
    quick: isQuick,
    ...{ users: size.users, items: size.items, factors: FACTORS, iterations: ITERATIONS, steps: STEPS, l2: L2 },
    checked: CHECKED_USERS,
  });
  const users = readRaw(folder, 'als-expected-users.f32', Float32Array);
  const items = readRaw(folder, 'als-expected-items.f32', Float32Array);
  expectNear('scores', answer.scores, scoresOf(users, items, size.items), SCORE_TOLERANCE);
  return { samples: answer.samples, note: answer.note };
}

function scoresOf(users, items, count) {
  const scores = new Float64Array(CHECKED_USERS * count);
  for (let cell = 0; cell < scores.length; cell++) {
    const x = Math.floor(cell / count) * FACTORS;
    const y = (cell % count) * FACTORS;
    for (let f = 0; f < FACTORS; f++) scores[cell] += users[x + f] * items[y + f];
  }
  return scores;
}

function transpose({ rows, columns, indptr, indices, values }) {
  const starts = new Uint32Array(columns + 1);
  for (const column of indices) starts[column + 1]++;
  for (let column = 0; column < columns; column++) starts[column + 1] += starts[column];
  const next = starts.slice();
  const turned = { indices: new Uint32Array(indices.length), values: new Float32Array(indices.length) };
  for (let row = 0; row < rows; row++) {
    for (let p = indptr[row]; p < indptr[row + 1]; p++) {
      const at = next[indices[p]]++;
      turned.indices[at] = row;
      turned.values[at] = values[p];
    }
  }
  return { rows: columns, columns: rows, indptr: starts, ...turned };
}

function writeMatrix(folder, name, { indptr, indices, values }) {
  writeRaw(folder, `${name}-indptr.u32`, indptr);
  writeRaw(folder, `${name}-indices.u32`, indices);
  writeRaw(folder, `${name}-values.f32`, values);
}

function readMatrix(folder, name, rows, columns) {
  return {
    rows,
    columns,
    indptr: readRaw(folder, `${name}-indptr.u32`, Uint32Array),
    indices: readRaw(folder, `${name}-indices.u32`, Uint32Array),
    values: readRaw(folder, `${name}-values.f32`, Float32Array),
  };
}
