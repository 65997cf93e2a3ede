/** `npm start` on the data of the checkout: it runs, tells what it should, and fits a terminal of 80 columns. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readNpy } from '../../src/io/index.js';

const TOUR = fileURLToPath(new URL('../../examples/tour.js', import.meta.url));
const DATA = new URL('../../examples/data/', import.meta.url);

function tour(backend: string) {
  return spawnSync(process.execPath, [TOUR], { encoding: 'utf8', env: { ...process.env, KINDRED_BACKEND: backend } });
}

/** The answers alone: no times, no backend. */
function answersOf(stdout: string): string {
  return stdout
    .replace(/running on .*(\n *not native: .*)?/, '')
    .replace(/ +[^ ]+( [a-z,]+)* [\d.]+ m?s( · .*)?$/gm, '')
    .replace(/[\d.]+ s altogether/, '');
}

describe('the tour', () => {
  const { status, stdout, stderr } = tour('');

  it('runs, silently on stderr, without control codes when piped', () => {
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).not.toContain('\u001b');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('names the backend and answers sensibly', () => {
    expect(stdout).toMatch(/running on (native|wasm|plain)\/\S+, Node/);
    expect(stdout).toContain('10,732 source packages use 3,175 libraries: 105,484 pairs');
    for (const known of ['python3-scipy', 'libsdl2-mixer-2.0-0', 'libavformat', 'france', 'musical']) {
      expect(stdout).toContain(known);
    }
    expect(stdout.match(/\d m?s/g)?.length).toBeGreaterThan(8);
  });

  it('answers the same on the reference backend, and says that it was asked for', () => {
    const reference = tour('reference');
    expect(reference.stdout).toContain('running on reference/plain');
    expect(reference.stdout).toContain('as KINDRED_BACKEND asks');
    expect(answersOf(reference.stdout)).toBe(answersOf(stdout));
  });
});

it('lists the candidates if the backend asked for is not here', () => {
  const { status, stderr } = tour('abacus');
  expect(status).toBe(2);
  expect(stderr).toMatch(/^The backend "abacus" cannot be used here[\s\S]*reference\/plain: available\n$/);
});

describe('the data', () => {
  it('of Debian is what its note says', () => {
    const csv = gunzipSync(readFileSync(new URL('debian/interactions.csv.gz', DATA))).toString();
    const [header, ...lines] = csv.trimEnd().split('\n');
    expect(header).toBe('source,library');
    const order = lines.map((line) => line.replace(',', '\0'));
    expect(order).toEqual([...order].sort());
    expect(new Set(lines).size).toBe(105_484);
    const perSource = new Map<string, number>();
    for (const line of lines) {
      expect(line).toMatch(/^[a-z0-9][a-z0-9+.-]+,[a-z0-9][a-z0-9+.-]+$/);
      const source = line.slice(0, line.indexOf(','));
      perSource.set(source, (perSource.get(source) ?? 0) + 1);
    }
    expect(perSource.size).toBe(10_732);
    expect(Math.min(...perSource.values())).toBe(4);
  });

  it('of vectors has a name for each row', () => {
    const lines = (path: string) => readFileSync(new URL(path, DATA), 'utf8').trimEnd().split('\n');
    expect(readNpy(readFileSync(new URL('glove-4k/vectors.npy', DATA)))).toMatchObject({ rows: 4000, dim: 100 });
    expect(new Set(lines('glove-4k/words.txt')).size).toBe(4000);
    const titles = readNpy(readFileSync(new URL('minilm-docs-778/vectors.npy', DATA)));
    expect(titles).toMatchObject({ rows: 778, dim: 384 });
    lines('minilm-docs-778/titles.tsv').forEach((line, row) => {
      expect(line.split('\t')).toEqual([String(row), expect.any(String), expect.any(String)]);
    });
  });
});
