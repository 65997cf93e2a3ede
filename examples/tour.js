/** `npm start`: what kindred does, on real data, with the time each step took. Needs nothing but this checkout. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { backendInfo, VectorIndex } from 'kindred';
import { readNpy } from 'kindred/io';
import { Interactions, ItemKnn } from 'kindred/recommend';
import { heading, line, panels, ranking, stackedRanking } from './tour-print.js';

/** Well-known packages. Version numbers are part of Debian's names, hence the patterns. */
const PACKAGES = [/^python3-numpy$/, /^libsdl2-2\.0-0$/, /^libavcodec\d+$/, /^r-cran-ggplot2$/];
const PROFILE = [/^python3-numpy$/, /^python3-requests$/, /^python3-pil$/];
const WORDS = ['paris', 'music'];
const TITLE = 'Analytical Chart (List Report - Page Editor)';

// What runs here is told below.
process.env.KINDRED_QUIET ??= '1';
line('bold', 'kindred finds what is alike');
for (const text of backendLines()) line('plain', text);

await tourOfPackages();
await tourOfWords();
await tourOfTitles();

line('plain', '');
const seconds = (performance.now() / 1000).toFixed(1);
line('dim', `All exact, with the same bits on every backend; ${seconds} s altogether. Next:`);
line('plain', '  node dist/cli/main.js --help    the same from the command line');
line('plain', '  npm run web                     the same in a browser, where nothing leaves the device');
line('plain', '  examples/tour.js                how little code this took');

async function tourOfPackages() {
  const [interactions, readMs] = await timed(() => {
    const csv = gunzipSync(read('debian/interactions.csv.gz'));
    return Interactions.fromCsv(csv, { user: 'source', item: 'library' });
  });
  const { users, items, size } = interactions;
  heading('Debian: which program uses what', [['read', readMs]]);
  line('plain', `${count(users)} source packages use ${count(items)} libraries: ${size.toLocaleString('en')} pairs`);

  // Shrinkage: two libraries that meet in a single program are not alike for that alone.
  const [model, fitMs] = await timed(() => ItemKnn.fit(interactions, { shrinkage: 10 }));
  const known = namesOf(PACKAGES, items);
  const [answers, askMs] = await timed(() => known.map((item) => model.similarItems(item, 4)));
  heading('What goes with a package', [
    ['learn', fitMs],
    [`${known.length} answers`, askMs],
  ]);
  panels(
    known.map((item, n) => ({ title: item, rows: answers[n].map((hit) => ({ name: hit.item, score: hit.score })) })),
  );

  const profile = namesOf(PROFILE, items);
  const [recommended, recommendMs] = await timed(() =>
    model
      .recommendFor(profile, { k: 6 })
      .map(({ item, score }) => ({ item, score, reasons: model.explain(profile, item).reasons })),
  );
  heading('Recommended to someone new, and why', [['recommend, explain', recommendMs]]);
  stackedRanking(
    profile,
    recommended.map(({ item, score, reasons }) => ({
      name: item,
      score,
      parts: profile.map((each) => reasons.find((reason) => reason.item === each)?.contribution ?? 0),
    })),
  );
}

async function tourOfWords() {
  const words = read('glove-4k/words.txt').toString().trimEnd().split('\n');
  const [index, indexMs] = await timed(() => VectorIndex.from(readNpy(read('glove-4k/vectors.npy')), { ids: words }));
  const [answers, askMs] = await timed(() => WORDS.map((word) => index.neighbors(word, 4)));
  heading(`Words near a word, among ${count(words)}`, [
    ['read, index', indexMs],
    [`${WORDS.length} answers`, askMs],
  ]);
  panels(WORDS.map((word, n) => ({ title: word, rows: answers[n].map(({ id, score }) => ({ name: id, score })) })));
}

async function tourOfTitles() {
  const lines = read('minilm-docs-778/titles.tsv').toString().trimEnd().split('\n');
  const titles = lines.map((each) => each.split('\t')[2]);
  const [index, indexMs] = await timed(() => VectorIndex.from(readNpy(read('minilm-docs-778/vectors.npy'))));
  const [hits, askMs] = await timed(() => index.neighbors(titles.indexOf(TITLE), 4));
  heading(`Sections of a manual near one, among ${count(titles)}`, [
    ['read, index', indexMs],
    ['answer', askMs],
  ]);
  line('cyan', TITLE);
  ranking(hits.map(({ id, score }) => ({ name: titles[id], score })));
}

/** The first name that each pattern fits. */
function namesOf(patterns, names) {
  return patterns.map((pattern) => names.find((name) => pattern.test(name))).filter((name) => name !== undefined);
}

/** Which backend answers and, if it is not the native one, why. */
function backendLines() {
  const { name, level, candidates } = infoOrExit();
  const running = `running on ${name}/${level}, Node ${process.versions.node}`;
  if (process.env.KINDRED_BACKEND) return [`${running}, as KINDRED_BACKEND asks`];
  if (name === 'native') return [running];
  const [reason] = (candidates.find((each) => each.name === 'native')?.reason ?? 'no candidate').split('\n');
  // Where the addon was looked for is more than a line holds; `kindred info` tells it.
  return [running, `not native: ${reason.replace(/ \(.*$/, '')}`];
}

/** `KINDRED_BACKEND` may ask for what is not here: that needs the list of candidates, not a stack. */
function infoOrExit() {
  try {
    return backendInfo();
  } catch (error) {
    console.error(error.message);
    process.exit(2);
  }
}

function read(path) {
  return readFileSync(new URL(`data/${path}`, import.meta.url));
}

function count(list) {
  return list.length.toLocaleString('en');
}

async function timed(action) {
  const start = performance.now();
  const result = await action();
  return [result, performance.now() - start];
}
