/** What is measured of the server. Each gives rows: what, the value found, and what is wanted. */
import { VectorIndex } from 'kindred';
import { load, must, request } from './client.js';
import { serverProcess } from './process.js';
import * as ask from './questions.js';

export const CASES = { recommend, search, events, start, mixed };

/** `recommend` beside an empty route: requests a second, CPU time of the server, and times at half of the load. */
async function recommend({ folder, quick }) {
  const seconds = quick ? 0.5 : 10;
  const plain = await serverProcess();
  const server = await serverProcess(folder, 'examples');
  const rates = { plain: [], server: [] };
  // Taking turns, so that what else the machine does meets both.
  for (let round = 0; round < (quick ? 1 : 4); round++) {
    rates.plain.push(await busy(plain, ask.empty, { clients: 32, seconds }));
    rates.server.push(await busy(server, ask.recommend, { clients: 32, seconds }));
  }
  const [of, to] = [best(rates.server), best(rates.plain)];
  const half = await busy(server, ask.recommend, { clients: 32, seconds, rate: of.perSecond / 2 });
  await Promise.all([plain.stop(), server.stop()]);
  return [
    { what: 'empty route, requests/s', value: to.perSecond },
    { what: 'recommend, requests/s', value: of.perSecond },
    { what: 'recommend to empty route, requests/s', value: of.perSecond / to.perSecond, wanted: 'at least 0.5' },
    { what: 'empty route, CPU ms of the server per request', value: to.cpu },
    { what: 'recommend, CPU ms of the server per request', value: of.cpu },
    { what: 'recommend at half the load, p50 ms', value: half.p50 },
    { what: 'recommend at half the load, p99 ms', value: half.p99, wanted: 'under 15' },
    { what: 'recommend, requests that failed', value: of.failed + half.failed, wanted: '0' },
  ];
}

/** Searches of many clients beside one, and of one beside the library and an empty route. */
async function search({ folder, quick }) {
  const [rows, dim, seconds] = quick ? [2000, 384, 0.5] : [100_000, 384, 10];
  const plain = await serverProcess();
  const server = await serverProcess(folder);
  await must(server.port, 'PUT', '/v1/indexes/bench', { dim });
  const data = new Float32Array(rows * dim);
  for (let from = 0; from < rows; from += 1000) {
    const vectors = Array.from({ length: 1000 }, (_, n) => ({ id: `${from + n}`, vector: ask.vector(dim) }));
    for (const [n, { vector }] of vectors.entries()) data.set(vector, (from + n) * dim);
    await must(server.port, 'PUT', '/v1/indexes/bench/vectors', { vectors });
  }
  const questions = ask.search(dim);
  await busy(server, questions, { clients: 1, seconds: 1 });
  const one = await busy(server, questions, { clients: 1, seconds });
  const many = await busy(server, questions, { clients: 64, seconds });
  const empty = await busy(plain, ask.empty, { clients: 1, seconds });
  await Promise.all([plain.stop(), server.stop()]);
  const library = await libraryTime(VectorIndex.from(data, { dim }), dim, seconds);
  const ratio = one.p50 / (library + empty.p50);
  return [
    { what: 'search, one client, requests/s', value: one.perSecond },
    { what: 'search, 64 clients, requests/s', value: many.perSecond },
    { what: 'search, 64 clients to one', value: many.perSecond / one.perSecond, wanted: 'at least 5' },
    { what: 'search in the library, p50 ms', value: library },
    { what: 'empty route, one client, p50 ms', value: empty.p50 },
    { what: 'search, one client, p50 ms', value: one.p50 },
    { what: 'search, one client to library + empty route, p50', value: ratio, wanted: 'at most 1.3' },
    { what: 'search, requests that failed', value: one.failed + many.failed, wanted: '0' },
  ];
}

async function libraryTime(index, dim, seconds) {
  const queries = Array.from({ length: 200 }, () => Float32Array.from(ask.vector(dim)));
  const times = [];
  const end = performance.now() + seconds * 1000;
  for (let n = 0; performance.now() < end; n++) {
    const begun = performance.now();
    await index.searchAsync(queries[n % queries.length], 10);
    times.push(performance.now() - begun);
  }
  index.dispose();
  return times.sort((a, b) => a - b)[times.length >> 1];
}

/** Events one by one and as lines, each acknowledged when it is on the disk; with a model that takes them in. */
async function events({ folder, quick }) {
  const seconds = quick ? 0.5 : 10;
  const server = await serverProcess(folder);
  await must(server.port, 'PUT', '/v1/models/live', { kind: 'item-knn' });
  const single = await busy(server, ask.event, { clients: 64, seconds });
  const text = ask.lines(quick ? 2000 : 200_000);
  const begun = performance.now();
  const { accepted } = await must(server.port, 'POST', '/v1/events/lines', text, 'application/x-ndjson');
  const took = (performance.now() - begun) / 1000;
  const { longestTurn } = await server.spent();
  await server.stop();
  return [
    { what: 'single events/s, 64 clients', value: single.perSecond, wanted: 'at least 2000' },
    { what: 'single events, p99 ms', value: single.p99 },
    { what: 'single events, CPU ms of the server per event', value: single.cpu },
    { what: 'events/s as lines', value: accepted / took, wanted: 'at least 20000' },
    { what: 'lines, longest turn of the event loop, ms', value: longestTurn },
    { what: 'events that failed', value: single.failed, wanted: '0' },
  ];
}

/** From nothing to the first answer: with the examples, and with a million events stored. */
async function start({ folder, quick }) {
  const first = await serverProcess(`${folder}-first`, 'examples');
  await first.stop();
  const filling = await serverProcess(folder);
  await must(filling.port, 'PUT', '/v1/models/live', { kind: 'item-knn' });
  const count = quick ? 10_000 : 1_000_000;
  for (let from = 0; from < count; from += 10_000) {
    await must(filling.port, 'POST', '/v1/events/lines', ask.lines(10_000), 'application/x-ndjson');
  }
  await filling.stop();
  const again = await serverProcess(folder);
  const { cpu } = await again.spent();
  await again.stop();
  return [
    { what: 'first start with the examples, s', value: first.readyAfter, wanted: 'under 2' },
    { what: `start with ${count.toLocaleString('en')} events, s`, value: again.readyAfter, wanted: 'under 3' },
    { what: `start with ${count.toLocaleString('en')} events, CPU s`, value: cpu },
  ];
}

/** Everything at once, with two trainings: nothing may fail, and memory stays flat after the first two minutes. */
async function mixed({ folder, quick, minutes }) {
  const length = quick ? 2 : minutes * 60;
  const server = await serverProcess(folder, 'examples');
  await must(server.port, 'PUT', '/v1/models/factors', { kind: 'als', options: { factors: 16, iterations: 5 } });
  const training = () => must(server.port, 'POST', '/v1/models/factors/train');
  const document = request('POST', '/v1/indexes/documents/search', { vector: ask.vector(384), k: 10 });
  const requestOf = (n) => (n % 4 === 0 ? ask.event(n) : n % 4 === 1 ? document : ask.recommend(n));
  const memory = [];
  const timers = [
    setTimeout(training, length * 250),
    setTimeout(training, length * 600),
    setInterval(async () => memory.push((await server.spent()).rss), (length * 1000) / 60),
  ];
  const all = await load(server.port, requestOf, { clients: 16, seconds: length, rate: 500 });
  for (const timer of timers) clearInterval(timer);
  await server.stop();
  const after = memory.slice(Math.ceil(memory.length / 5));
  return [
    { what: 'mixed load, requests', value: all.requests },
    { what: 'mixed load, requests that failed', value: all.failed, wanted: '0' },
    { what: 'mixed load, p99 ms', value: all.p99 },
    { what: 'memory at its end to after a fifth', value: after.at(-1) / after[0], wanted: 'about 1' },
  ];
}

/** Load, and the CPU time that the server spends for each request. */
async function busy(server, requestOf, how) {
  const before = await server.spent();
  const told = await load(server.port, requestOf, how);
  const { cpu } = await server.spent();
  return { ...told, perSecond: told.requests / told.seconds, cpu: ((cpu - before.cpu) * 1000) / told.requests };
}

function best(runs) {
  return runs.reduce((a, b) => (b.perSecond > a.perSecond ? b : a));
}
