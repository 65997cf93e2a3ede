/** One run of case `start`: prints the seconds from before the import to the first answer. */
const before = performance.now();
const { VectorIndex } = await import('kindred');
const index = VectorIndex.from([
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [3, 4, 0, 0],
  [0, 0, 5, 12],
]);
const [hit] = index.search([4, 3, 0, 0], 1);
const seconds = (performance.now() - before) / 1000;
console.log(JSON.stringify({ seconds, hit }));
