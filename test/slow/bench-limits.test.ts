/**
 * A benchmark as it is meant: what the machine can do at best is built and measured, and each contender has its own
 * process.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkout, describeUnless, noAddon, noProgram } from '../fixtures/machine.js';
import { firstAvx, initialisersOf, symbolsOf } from '../fixtures/objects.js';
import { temporaryFolder } from '../fixtures/processes/package-copy.js';

const folder = temporaryFolder();

describeUnless(noAddon(), 'npm run bench', () => {
  it('relates times to what the machine can do', () => {
    const out = join(folder, 'pair.json');
    const options = ['pair', '--size', '64', '--only', 'cosineSimilarity,plain loop', '--out', out];
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(checkout, 'bench/run.js'), ...options], {
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^kindred .*\nbackend .*/);
    expect(stdout).toMatch(/limits +1 thread: memory [1-9]\d* GB\/s, float32 [1-9]\d* GFLOP\/s/);
    expect(stdout).toContain('pair: cosine of two Float32Arrays, per pair; d = 64');
    const { quick, results } = JSON.parse(readFileSync(out, 'utf8'));
    expect(quick).toBe(false);
    expect(results).toHaveLength(3);
    for (const { limit, samples, error } of results) {
      expect(error).toBeUndefined();
      expect(samples).toBeGreaterThan(4);
      expect(limit).toEqual({ name: expect.stringMatching(/reading|float32/), ratio: expect.any(Number) });
      expect(limit.ratio).toBeGreaterThan(0);
    }
  });
});

// Built by the run above.
describeUnless(noAddon() ?? noProgram(['nm', 'objdump'], 'binutils'), 'what measures the machine', () => {
  const units = ['scalar', ...(process.arch === 'x64' ? ['avx2', 'avx2_vnni', 'avx512', 'avx512_vnni'] : [])];

  it.each(units)('%s exports one symbol and no weak one, and runs nothing before it is called', (unit) => {
    const file = `bench/build/Release/obj.target/limits_${unit}/native/${unit}.o`;
    expect(symbolsOf(file)).toEqual([expect.stringMatching(/^[DR] \w*k\w+Kernels\w*$/)]);
    expect(initialisersOf(file)).toEqual([]);
    if (unit === 'scalar' && process.arch === 'x64') expect(firstAvx(file)).toBeUndefined();
  });
});
