/** `npm run bench`: it runs, examines answers and writes what it promises. No time is asserted. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const RUN = fileURLToPath(new URL('../../bench/run.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function bench(options: string[], env: Record<string, string> = {}) {
  return spawnSync(process.execPath, [RUN, ...options], { encoding: 'utf8', env: { ...process.env, ...env } });
}

const load = (name: string) => import(new URL(`../../bench/${name}`, import.meta.url).href);

describe('npm run bench', () => {
  describe('of small data', () => {
    const cases = ['pair', 'matrix', 'query', 'batch', 'graph', 'encode', 'wasm', 'files', 'sparse', 'start'];
    const out = join(folder, 'new', 'all.json');
    const shape = ['--rows', '300', '--dim', '64', '--data', 'outliers', '--threads', '1'];
    let ended: ReturnType<typeof bench>;
    let report: { environment: object; quick: boolean; checked: object; results: Record<string, unknown>[] };

    beforeAll(() => {
      ended = bench([...cases, '--quick', '--only', 'kindred', ...shape, '--json', '--out', out]);
      report = JSON.parse(readFileSync(out, 'utf8'));
    });

    it('runs every case chosen and finds the answers right', () => {
      expect(ended.status, ended.stderr).toBe(0);
      expect(report.results.filter(({ error }) => error !== undefined)).toEqual([]);
      expect(new Set(report.results.map((result) => result.case))).toEqual(new Set(cases));
      expect(Object.keys(report.checked)).toEqual(cases);
    });

    it('prints the JSON that it writes, and where the numbers come from', () => {
      expect(JSON.parse(ended.stdout)).toEqual(report);
      expect(report.quick).toBe(true);
      expect(report.environment).toMatchObject({ node: process.versions.node, backend: expect.any(String) });
    });

    it('times contenders of the size and data asked for, and lists what this build has not', () => {
      const labels = new Set(report.results.map(({ size }) => size));
      expect(labels).toContain('300 x 64, outliers');
      expect(labels).toContain('d = 64');
      for (const { case: name, contender, isKindred, unavailable, ...timed } of report.results) {
        expect(contender).toContain('kindred');
        expect(isKindred).toBe(true);
        if (typeof unavailable === 'string') continue;
        const { median, quartiles, best, spread, samples, ratio } = timed as Record<string, number> & {
          quartiles: number[];
        };
        expect(best, `${name}, ${contender}`).toBeGreaterThan(0);
        expect(quartiles[0]).toBeLessThanOrEqual(median);
        expect(quartiles[1]).toBeGreaterThanOrEqual(median);
        expect(spread).toBeGreaterThanOrEqual(0);
        expect(samples).toBeGreaterThan(0);
        expect(ratio).toBeGreaterThan(0);
      }
    });

    it('draws a chart of each case beside the JSON', () => {
      const picture = readFileSync(join(folder, 'new', 'pair.svg'), 'utf8');
      expect(picture).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
      expect(picture).toContain('prefers-color-scheme: dark');
      for (const { case: name, contender } of report.results) {
        if (name === 'pair') expect(picture).toContain(`>${contender}</text>`);
      }
    });
  });

  it('explains itself', () => {
    expect(bench(['--help'])).toMatchObject({ status: 0, stdout: expect.stringContaining('--quick') });
  });

  it('refuses what it does not know with exit code 2', async () => {
    const unknown = bench(['pear']);
    expect(unknown).toMatchObject({ status: 2, stderr: expect.stringContaining('there is no case "pear"') });
    const { readOptions } = await load('options.js');
    expect(() => readOptions(['--fast'])).toThrow("Unknown option '--fast'");
    expect(() => readOptions(['query', '--data', 'marbled'])).toThrow('--data marbled is none of clustered');
    expect(() => readOptions(['query', '--rows', '0'])).toThrow('--rows takes positive integers, not "0"');
  });

  it('tells wrong answers from right ones', async () => {
    const { expectNear, expectSameBits } = await load('check.js');
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
      ['matrix', '--quick', '--rows', '100', '--dim', '16', '--only', 'numpy X', '--out', join(folder, 'wrong.json')],
      { PYTHON: python },
    );
    expect(status).toBe(1);
    expect(stdout).toMatch(/numpy X @ X\.T, 1 thread +FAILED/);
    expect(stderr).toMatch(/FAILED: matrix, numpy X @ X\.T, 1 thread: cells of the matrix: number 0 is 0 where/);
    const { results } = JSON.parse(readFileSync(join(folder, 'wrong.json'), 'utf8'));
    expect(results).toMatchObject([{ error: expect.stringContaining('cells of the matrix') }]);
    expect(results[0].median).toBeUndefined();
  });
});

describe('limits', () => {
  const peaks = [
    { name: 'amx', int8: 4000e9 },
    { name: 'avx512', float32: 200e9, int8: 400e9 },
    { name: 'avx2', float32: 100e9, int8: 200e9 },
    { name: 'scalar', float32: 50e9 },
  ];

  it('names what would be busy longest', async () => {
    const { governingLimit } = await load('machine/limits.js');
    const measured = { peaks, bandwidth: 10e9 };
    expect(governingLimit({ bytes: 10e9, float32: 100e9 }, measured)).toEqual({ name: 'reading', seconds: 1 });
    expect(governingLimit({ bytes: 1e9, float32: 400e9 }, measured)).toEqual({ name: 'float32', seconds: 2 });
    expect(governingLimit({ int8: 400e9 }, { ...measured, level: 'native/avx2' })).toEqual({
      name: 'int8',
      seconds: 2,
    });
    expect(governingLimit({ int8: 400e9 }, { ...measured, level: 'native/avx512-vnni' })).toMatchObject({ seconds: 1 });
    expect(governingLimit({ int8: 400e9 }, { ...measured, level: 'native/amx' })).toMatchObject({ seconds: 0.1 });
    expect(governingLimit({ float32: 50e9 }, { ...measured, level: 'native/scalar' })).toMatchObject({ seconds: 1 });
  });

  it('says nothing where something was not measured', async () => {
    const { governingLimit, limitLines } = await load('machine/limits.js');
    const measured = { peaks, bandwidth: 10e9 };
    expect(governingLimit({ int8: 1 }, { ...measured, level: 'native/scalar' })).toBeUndefined();
    expect(governingLimit({ bytes: 1 }, { ...measured, bandwidth: 0 })).toBeUndefined();
    expect(governingLimit({}, measured)).toBeUndefined();
    expect(limitLines(undefined).join()).toContain('not measured');
  });
});

describe('data', () => {
  it('are the same for a seed, of length 1, and what their names say', async () => {
    const { DATA_KINDS, vectorsOf } = await load('data.js');
    const [rows, dim] = [300, 96];
    for (const kind of DATA_KINDS) {
      const data: Float32Array = vectorsOf(kind, rows, dim);
      expect(vectorsOf(kind, rows, dim)).toEqual(data);
      expect(vectorsOf(kind, rows, dim, 1)).not.toEqual(data);
      const row = (i: number) => data.subarray(i * dim, (i + 1) * dim);
      const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, each, j) => sum + each * b[j], 0);
      expect(dot(row(7), row(7)), kind).toBeCloseTo(1, 5);
      const neighbours = Array.from({ length: rows - 1 }, (_, i) => dot(row(i), row(i + 1)));
      const mean = neighbours.reduce((sum, each) => sum + each) / neighbours.length;
      if (kind === 'anisotropic') expect(mean).toBeCloseTo(0.7, 1);
      if (kind === 'gaussian' || kind === 'clustered') expect(mean).toBeCloseTo(0, 1);
      const columns = Array.from({ length: dim }, (_, j) =>
        dot(
          data.filter((_, n) => n % dim === j),
          data.filter((_, n) => n % dim === j),
        ),
      );
      const large = columns.filter((squares) => squares > 10 * columns.toSorted((a, b) => a - b)[dim >> 1]);
      expect(large.length > 0, kind).toBe(kind === 'outliers');
    }
  });
});

describe('charts', () => {
  it('draw what was measured, leave out what was not, and escape names', async () => {
    const { chart } = await load('report/chart.js');
    const result = { contender: 'a <b> & "c"', median: 0.002, quartiles: [0.001, 0.003], unit: 's', isKindred: true };
    const picture = chart({
      title: 'query',
      groups: [{ label: '10 x 3', results: [result, { contender: 'absent', unavailable: 'no' }] }],
      machine: 'a machine',
    });
    expect(picture).toContain('a &lt;b&gt; &amp; &quot;c&quot;');
    expect(picture).toContain('2.00 ms');
    expect(picture).toContain('Shorter is better. a machine');
    expect(picture).not.toContain('absent');
    expect(chart({ title: 'query', groups: [], machine: '' })).toBeUndefined();
  });
});

describe('a Python peer at its best', () => {
  // Stands for an interpreter whose library is slower, or faster, where the machine steers it.
  const python = join(folder, 'python');
  const answering = (steered: number, free: number) => {
    const script = `#!/bin/sh
[ -n "$OPENBLAS_CORETYPE" ] && s=${steered} || s=${free}
echo '{"samples": ['$s', '$s'], "kernel": "core '$OPENBLAS_CORETYPE' '$NPY_DISABLE_CPU_FEATURES'"}'`;
    writeFileSync(python, script, { mode: 0o755 });
  };
  const ask = async (request: object, env: Record<string, string>) => {
    const { askPython } = await load('peers/python.js');
    const before = { ...process.env };
    Object.assign(process.env, { PYTHON: python, ...env });
    try {
      return askPython({ task: 'any', ...request });
    } finally {
      for (const name of ['PYTHON', ...Object.keys(env)]) delete process.env[name];
      Object.assign(process.env, before);
    }
  };

  it('runs with and without the variables that steer its libraries, and says what they did', async () => {
    const env = { OPENBLAS_CORETYPE: 'Haswell' };
    answering(3, 1);
    expect(await ask({}, env)).toMatchObject({
      samples: [1, 1],
      note: expect.stringMatching(/3\.00x with .*CORETYPE/),
    });
    answering(2, 4);
    expect(await ask({}, env)).toMatchObject({
      samples: [2, 2],
      note: expect.stringMatching(/core Haswell.*2\.00x without .*CORETYPE/),
    });
  });

  it('is held to AVX2 where that is asked, whatever the machine says', async () => {
    answering(5, 6);
    const { samples, note } = await ask({ hold: 'avx2' }, { OPENBLAS_CORETYPE: 'SkylakeX' });
    expect({ samples, note }).toEqual({ samples: [5, 5], note: expect.stringMatching(/core Haswell X86_V4/) });
  });

  it('is named beside what took longer or shorter than it', async () => {
    const { withBestPeers, table } = await load('report/table.js');
    const timed = { unit: 's', spread: 0, samples: 9 };
    const own = { ...timed, contender: 'kindred', isKindred: true };
    const results = [
      { ...own, level: 'native/avx512', median: 1, threads: 1 },
      { ...own, level: 'native/avx2', median: 2, threads: 1 },
      { ...own, level: 'native/avx512', median: 0.5, threads: 2 },
      { ...timed, contender: 'product alone', isPart: true, median: 0.1 },
      { ...timed, contender: 'slow', median: 9 },
      { ...timed, contender: 'quick', median: 3 },
      { ...timed, contender: 'held', hold: 'avx2', median: 8 },
    ];
    const found = withBestPeers(results);
    expect(found.map(({ bestPeer }: { bestPeer?: object }) => bestPeer).slice(0, 4)).toEqual([
      { contender: 'quick', ratio: 3 },
      { contender: 'held', ratio: 4 },
      undefined,
      undefined,
    ]);
    expect(table(found)[1]).toContain('3.00 x quick');
  });
});

describe('the case sweep', () => {
  it('names each batch that takes more per query than a smaller one', async () => {
    const { riseOf } = await load('cases/sweep.js');
    const curve = (...medians: number[]) => medians.map((median, n) => ({ queries: 2 ** n, median }));
    expect(riseOf(curve(8, 4, 4.3, 2))).toBe('never rises');
    expect(riseOf(curve(8, 4, 6, 5))).toBe('RISES: 4 queries take 1.50x of 2, 8 queries take 1.25x of 2');
  });

  it('is drawn as lines over the queries of a batch', async () => {
    const { curves } = await load('report/curves.js');
    const curve = [1, 8, 200].map((queries) => ({ queries, median: 1e-3 / queries }));
    const groups = [{ label: '10 x 3', results: [{ contender: 'kindred <x>', curve }, { contender: 'absent' }] }];
    const picture = curves({ title: 'sweep', groups, machine: 'a machine' });
    expect(picture).toMatch(/d="M[\d.]+ [\d.]+L[\d.]+ [\d.]+L[\d.]+ [\d.]+"/);
    expect(picture).toContain('&lt;x&gt;');
    expect(picture).not.toContain('absent');
    expect(curves({ title: 'sweep', groups: [{ label: '', results: [{}] }], machine: '' })).toBeUndefined();
  });
});

describe('npm run bench:instructions', () => {
  it('adds up what the functions of one shared object cost, and not what they call', async () => {
    const { instructionsOf } = await load('guard/callgrind.js');
    const text = [
      'events: Ir',
      'ob=(1) /usr/bin/node',
      'fn=(1) main',
      '1 5',
      'cob=(2) /some/kindred.node',
      'cfn=(2) search',
      'calls=1 0',
      '* 70',
      '+1 6',
      'ob=(2)',
      'fn=(2)',
      '0 30',
      '* 10',
      'calls=3 0',
      '+2 900',
      '-1 2',
      'totals: 123',
    ];
    expect(instructionsOf(text.join('\n'), 'kindred.node')).toBe(42);
    expect(instructionsOf(text.join('\n'), 'node')).toBe(42 + 11);
  });

  it('refuses what it cannot compare', () => {
    const script = fileURLToPath(new URL('../../bench/guard/instructions.js', import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, [script, '--base', 'no-such-commit'], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toContain('--base no-such-commit names no commit');
  });
});

describe('npm run bench:costs', () => {
  const COSTS = fileURLToPath(new URL('../../bench/costs.js', import.meta.url));

  it('finds where ways to search cross, and that they answer alike', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [COSTS, '--quick', '--level', 'wasm/simd'], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/ {2}batch: time of batch relative to scan\n {4}1: [\d.]+ {2}4: /);
    expect(stdout).toMatch(/\nwasm\/simd: batch (\d+|never), rows (\d+|never), part (\d+|never)\n/);
  });

  it('refuses a level that is not there', () => {
    const { status, stderr } = spawnSync(process.execPath, [COSTS, '--level', 'abacus'], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 2, stderr: 'no level that runs here has "abacus" in its name\n' });
  });
});

describe('npm run bench:guard', () => {
  const around = (middle: number, spread: number) =>
    Array.from({ length: 9 }, (_, n) => middle * (1 + (spread * (n - 4)) / 4));

  it('finds an artificial slow-down, and none in noise', async () => {
    const { verdict } = await load('guard/rule.js');
    const base = around(1, 0.03);
    expect(verdict(base, around(1.3, 0.03))).toBe('slower');
    expect(verdict(around(1.3, 0.03), base)).toBe('faster');
    expect(verdict(base, around(1.08, 0.01)), 'within the threshold').toBe('same');
    expect(verdict(around(1, 0.6), around(1.3, 0.6)), 'quartile ranges overlap').toBe('same');
    expect(verdict(base, base)).toBe('same');
    // One process that was disturbed is no regression.
    expect(verdict(base, [...base.slice(1), 50])).toBe('same');
  });

  it('believes a change only when a second round saw it too', async () => {
    const { confirmed } = await load('guard/rule.js');
    expect(confirmed(['slower', 'slower'])).toBe('slower');
    expect(confirmed(['faster', 'faster'])).toBe('faster');
    expect(confirmed(['slower', 'same'])).toBe('same');
    expect(confirmed(['slower', 'faster'])).toBe('same');
    expect(confirmed(['slower'])).toBe('same');
    expect(confirmed(['same'])).toBe('same');
  });

  it('refuses what it cannot compare', () => {
    const guard = (...options: string[]) =>
      spawnSync(process.execPath, [fileURLToPath(new URL('../../bench/guard/guard.js', import.meta.url)), ...options], {
        encoding: 'utf8',
      });
    expect(guard('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--base COMMIT') });
    expect(guard()).toMatchObject({ status: 2, stderr: expect.stringContaining('--base COMMIT is missing') });
    expect(guard('--base', 'no-such-commit')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--base no-such-commit names no commit'),
    });
    expect(guard('--base', 'HEAD', '--runs', '2')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('not 2'),
    });
  });
});
