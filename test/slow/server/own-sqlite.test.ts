/** The contract of stores over the SQLite that Node itself has from 22.13 on. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkout, describeUnless } from '../../fixtures/machine.js';
import { run } from '../../fixtures/processes/run.js';

const node = (version: number) => join(checkout, `test/slow/runtimes/tools/node_modules/node${version}/bin/node`);
const obstacle = existsSync(node(22)) ? undefined : 'npm ci --prefix test/slow/runtimes/tools was not run';

describeUnless(obstacle, 'SQLite of Node itself', () => {
  it.each([22, 24])('Node %d', async (version) => {
    const vitest = join(checkout, 'node_modules/vitest/vitest.mjs');
    const args = ['run', 'test/server/store.test.ts', '--testNamePattern', '^SQLite', '--reporter=json'];
    const env = { KINDRED_SLOW: undefined, NODE_OPTIONS: '--disable-warning=ExperimentalWarning' };
    const { stdout, stderr } = await run(node(version), [vitest, ...args], { cwd: checkout, env });
    const [, report] = /^(\{"numTotal.*\})$/m.exec(stdout) ?? [];
    expect(report, stderr).toBeDefined();
    const { numPassedTests, numFailedTests } = JSON.parse(report);
    expect(numFailedTests, stdout).toBe(0);
    expect(numPassedTests).toBeGreaterThan(12);
  });
});
