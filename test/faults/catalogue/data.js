/** Faults in reading, dividing and changing interactions. */
const DATA = 'test/recommend/data/';

export default [
  {
    name: 'what happens at the moment of a temporal split is learned from',
    file: 'src/recommend/data/splits.ts',
    find: 'time < moment ? IN_TRAIN',
    replace: 'time <= moment ? IN_TRAIN',
    first: `${DATA}splits`,
  },
  {
    name: 'of equally late interactions the first one is tested on',
    file: 'src/recommend/data/splits.ts',
    find: 'times[a] - times[b] || a - b',
    replace: 'times[a] - times[b] || b - a',
    first: `${DATA}splits`,
  },
  {
    name: 'a user with no more interactions than are tested on loses all of them',
    file: 'src/recommend/data/splits.ts',
    find: 'if (length <= n) continue',
    replace: 'if (length < n) continue',
    first: `${DATA}splits`,
  },
  {
    name: 'an earlier record replaces an equally late one',
    file: 'src/recommend/data/gather.ts',
    find: 'nextTime >= time',
    replace: 'nextTime > time',
    first: `${DATA}interactions ${DATA}preprocess`,
  },
  {
    name: 'max keeps the last record of a pair',
    file: 'src/recommend/data/gather.ts',
    find: "if (duplicates === 'max') return next > value;",
    replace: "if (duplicates === 'max') return next !== value;",
    first: `${DATA}interactions.test`,
  },
  {
    name: 'a sum of duplicates forgets what it had',
    file: 'src/recommend/data/gather.ts',
    find: 'toFloat32(value + next, ',
    replace: 'toFloat32(known ? value + next : next, ',
    first: `${DATA}interactions`,
  },
  {
    name: 'users after a forgotten one keep their old offsets',
    file: 'src/recommend/data/interactions.ts',
    find: 'n > row ? offset - (end - start) : offset',
    replace: 'n >= row ? offset - (end - start) : offset',
    first: `${DATA} test/recommend/models/model-contract test/recommend/use`,
  },
  {
    name: 'times east of Greenwich are taken for west of it',
    file: 'src/recommend/data/time.ts',
    find: "zone[0] === '-' ? -1 : 1",
    replace: "zone[0] === '-' ? 1 : -1",
    first: `${DATA}preprocess`,
  },
  {
    name: 'a k-core keeps neighbours of what it drops',
    file: 'src/recommend/data/preprocess.ts',
    find: 'other.left[neighbor]-- === other.least',
    replace: '--other.left[neighbor] === other.least',
    first: `${DATA}preprocess`,
  },
  {
    name: 'a least value is compared in float64',
    file: 'src/recommend/data/preprocess.ts',
    find: 'Math.fround(minValue)',
    replace: 'minValue',
    first: `${DATA}preprocess`,
  },
  {
    name: 'a doubled quote loses the text before it',
    file: 'src/recommend/data/csv-rows.ts',
    find: 'value += text.slice(at, close + 1)',
    replace: 'value = text.slice(at, close + 1)',
    first: `${DATA}interactions-csv`,
  },
  {
    name: 'a shuffle never leaves an element where it is',
    file: 'src/recommend/data/random.ts',
    find: 'this.below(last + 1)',
    replace: 'this.below(last)',
    first: DATA,
  },
];
