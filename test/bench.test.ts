/** `npm run bench`: it runs, examines answers and writes what it promises. No time is asserted. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const RUN = fileURLToPath(new URL('../bench/run.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function bench(options: string[], env: Record<string, string> = {}) {
  return spawnSync(process.execPath, [RUN, ...options], { encoding: 'utf8', env: { ...process.env, ...env } });
}

describe('npm run bench', () => {
  it('times chosen contenders of a case and writes JSON', () => {
    const out = join(folder, 'new', 'pair.json');
    const { status, stdout, stderr } = bench(['pair', '--quick', '--size', '64', '--only', 'kindred', '--out', out]);
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^kindred .*\nbackend .*/);
    expect(stdout).toContain('pair: cosine of two Float32Arrays, per pair; d = 64');
    const { environment, quick, results } = JSON.parse(readFileSync(out, 'utf8'));
    expect(quick).toBe(true);
    expect(environment).toMatchObject({ node: process.versions.node, backend: expect.any(String) });
    expect(results.length).toBeGreaterThanOrEqual(2);
    for (const result of results) {
      expect(result).toMatchObject({ case: 'pair', size: 'd = 64', isKindred: true });
      expect(result.error).toBeUndefined();
      expect(result.contender).toContain('kindred');
      expect(result.samples_s).toHaveLength(result.samples);
      expect(result.median_s).toBeGreaterThan(0);
      expect(result.spread).toBeGreaterThanOrEqual(0);
    }
  });

  it('runs every case and finds the answers right', () => {
    const out = join(folder, 'all.json');
    const cases = ['matrix', 'query', 'batch', 'sparse', 'start'];
    const { status, stdout, stderr } = bench([...cases, '--quick', '--only', 'wasm/simd', '--json', '--out', out]);
    expect(status, stderr).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toEqual(JSON.parse(readFileSync(out, 'utf8')));
    expect(new Set(report.results.map((result: { case: string }) => result.case))).toEqual(new Set(cases));
    expect(Object.keys(report.checked)).toEqual(cases);
  });

  it('explains itself, and refuses what it does not know', () => {
    expect(bench(['--help'])).toMatchObject({ status: 0, stdout: expect.stringContaining('--quick') });
    const unknown = bench(['pear']);
    expect(unknown).toMatchObject({ status: 2, stderr: expect.stringContaining('there is no case "pear"') });
    expect(bench(['--fast'])).toMatchObject({ status: 2 });
  });

  it('tells wrong answers from right ones', async () => {
    const { expectNear, expectSameBits } = await import(new URL('../bench/check.js', import.meta.url).href);
    expect(() => expectSameBits('scores', [0.5, 0.25], [0.5, 0.25])).not.toThrow();
    expect(() => expectSameBits('scores', [0.5, 0.25], [0.5, 0.25 + 2 ** -54])).toThrow('scores: number 1');
    expect(() => expectSameBits('scores', [-0], [0])).toThrow('bit for bit');
    expect(() => expectNear('scores', [0.5 + 1e-6], [0.5])).not.toThrow();
    expect(() => expectNear('scores', [0.5, Number.NaN], [0.5, 0.5])).toThrow('number 1 is NaN');
    expect(() => expectNear('scores', [0.5], [0.5, 0.5])).toThrow('1 numbers where 2 are right');
  });

  // A script stands in for Python; Windows does not run scripts by their first line.
  it.skipIf(process.platform === 'win32')('does not time a wrong answer: it names who gave it and exits 1', () => {
    const python = join(folder, 'python');
    const zeros = 'Array(5000).fill(0)';
    const answers = `{ about: { numpy: 'wrong' }, matrix_product: { samples: [1], cells: ${zeros} } }`;
    const script = `console.log(JSON.stringify(${answers}[JSON.parse(process.argv.at(-1)).task]))`;
    writeFileSync(python, `#!/bin/sh\nexec '${process.execPath}' -e "${script}" -- "$@"\n`, { mode: 0o755 });
    const { status, stdout, stderr } = bench(
      ['matrix', '--quick', '--only', 'numpy X', '--out', join(folder, 'wrong.json')],
      { PYTHON: python },
    );
    expect(status).toBe(1);
    expect(stdout).toMatch(/numpy X @ X\.T, 1 thread +FAILED/);
    expect(stderr).toMatch(/FAILED: matrix, numpy X @ X\.T, 1 thread: cells of the matrix: number 0 is 0 where/);
    const { results } = JSON.parse(readFileSync(join(folder, 'wrong.json'), 'utf8'));
    expect(results).toMatchObject([{ error: expect.stringContaining('cells of the matrix') }]);
    expect(results[0].samples_s).toBeUndefined();
  });
});
