/** Case `sparse`: every item's nearest items in a rating matrix, the heart of item-item recommendation. */
import { openBackend } from 'kindred';
import { digest, expectNear, expectSameBits, TOLERANCE } from '../check.js';
import { powerLawRatings, readRaw, writeRaw } from '../data.js';
import { askPython } from '../peers/python.js';

const K = 50;

/** Items whose neighbours peers must give; kindred's are examined for all. */
const CHECKED_ITEMS = 200;
/** A dense matrix of more takes gigabytes, and half a minute to multiply. */
const DENSE_CELLS_MAX = 1e8;

export const sparse = {
  name: 'sparse',
  about: `cosine of all pairs of items by their ratings, the ${K} nearest of each`,
  checked: `kindred: all neighbours bit for bit against the reference; others: those of ${CHECKED_ITEMS} items within ${TOLERANCE}`,
  sizes: ({ quick }) =>
    quick
      ? [{ label: '600 users, 400 items, 20,000 ratings', users: 600, items: 400, ratings: 20_000 }]
      : [
          { label: '6,040 users, 3,706 items, 1.1M ratings', users: 6040, items: 3706, ratings: 1_100_000 },
          { label: '50,000 users, 10,000 items, 5M ratings', users: 50_000, items: 10_000, ratings: 5_000_000 },
        ],

  prepare(size, folder) {
    const ratings = powerLawRatings(size);
    writeRaw(folder, 'ratings-indptr.u32', ratings.indptr);
    writeRaw(folder, 'ratings-indices.u32', ratings.indices);
    writeRaw(folder, 'ratings-values.f32', ratings.values);
    const found = openBackend('reference').sparseNeighbors(ratings, { k: K, shrinkage: 0 });
    writeRaw(folder, 'ratings-counts.u32', found.counts);
    writeRaw(folder, 'ratings-positions.u32', found.positions);
    writeRaw(folder, 'ratings-scores.f64', found.scores);
  },

  contenders: ({ levels, threads, size }) => [
    ...levels.flatMap((level) =>
      (level.startsWith('native') ? threads : [1]).map((count) => ({
        name: `kindred ${level}${count > 1 ? `, ${count} threads` : ''}`,
        isKindred: true,
        level,
        threads: count,
        open: (input) => kindred(input, level, count),
      })),
    ),
    { name: 'scipy X.T @ X alone, 1 thread', needs: ['scipy'], open: (input) => python(input, 'sparse_product') },
    {
      name: 'scipy cosine of X.T @ X + argpartition a row, 1 thread',
      needs: ['scipy'],
      open: (input) => python(input, 'sparse_neighbors'),
    },
    ...(size.users * size.items <= DENSE_CELLS_MAX
      ? [
          {
            name: 'numpy dense float32 X.T @ X + argpartition, 1 thread',
            needs: ['scipy'],
            open: (input) => python(input, 'dense_neighbors'),
          },
        ]
      : []),
  ],
};

function kindred({ size, folder }, level, threads) {
  const ratings = {
    rows: size.items,
    columns: size.users,
    indptr: readRaw(folder, 'ratings-indptr.u32', Uint32Array),
    indices: readRaw(folder, 'ratings-indices.u32', Uint32Array),
    values: readRaw(folder, 'ratings-values.f32', Float32Array),
  };
  const backend = openBackend(level);
  return {
    run: () => backend.sparseNeighbors(ratings, { k: K, shrinkage: 0, threads }),
    check({ counts, positions, scores }) {
      expectSameBits('counts', counts, readRaw(folder, 'ratings-counts.u32', Uint32Array));
      expectSameBits('neighbours', positions, readRaw(folder, 'ratings-positions.u32', Uint32Array));
      expectSameBits('scores', scores, readRaw(folder, 'ratings-scores.f64', Float64Array));
      return digest(counts, positions, scores);
    },
  };
}

function python({ size, folder, isQuick }, task) {
  const answer = askPython({
    task,
    folder,
    k: K,
    quick: isQuick,
    items: size.items,
    users: size.users,
    checked: CHECKED_ITEMS,
  });
  const expected = readRaw(folder, 'ratings-scores.f64', Float64Array);
  expectNear('scores of the neighbours', answer.scores, expected.subarray(0, CHECKED_ITEMS * K));
  return { samples: answer.samples, note: answer.note };
}
