/** What is asked, and of what: the examples of Debian, rows of vectors, events. All from fixed seeds. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { request } from './client.js';

const EXAMPLES = new URL('../../examples/data/debian/interactions.csv.gz', import.meta.url);

/** Small whole numbers, the same in every run. */
export function drawing(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const draw = drawing(7);
const users = [
  ...new Set(
    gunzipSync(readFileSync(EXAMPLES))
      .toString()
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((row) => row.split(',')[0]),
  ),
];

export const empty = () => request('GET', '/');

/** Somebody of the Debian example, somebody else each time. */
export const recommend = prepared(1000, () =>
  request('POST', '/v1/scenarios/packages/recommend', { user: users[draw(users.length)] }),
);

export const event = (n) =>
  request('POST', '/v1/events', { user: `u${draw(5000)}`, item: `i${draw(2000)}`, type: 'view', time: n });

export function lines(count) {
  return Array.from({ length: count }, () =>
    JSON.stringify({ user: `u${draw(5000)}`, item: `i${draw(2000)}`, type: 'view' }),
  ).join('\n');
}

export function vector(dim) {
  return Array.from({ length: dim }, () => Math.fround((draw(2000) - 1000) / 1000));
}

export const search = (dim) =>
  prepared(200, () => request('POST', '/v1/indexes/bench/search', { vector: vector(dim), k: 10 }));

/** Requests that are made once and take turns, so that making them costs nothing while others are timed. */
function prepared(count, make) {
  let all;
  return (n) => {
    all ??= Array.from({ length: count }, make);
    return all[n % count];
  };
}
