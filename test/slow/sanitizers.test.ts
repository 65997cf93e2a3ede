/** The native engine under AddressSanitizer, UndefinedBehaviorSanitizer and ThreadSanitizer. */
import { expect, it } from 'vitest';
import { checkout, describeUnless, noProgram } from '../fixtures/machine.js';
import { run } from '../fixtures/run.js';

const obstacle = process.platform === 'linux' ? noProgram(['g++', 'make', 'python3'], 'g++ make python3') : 'no Linux';

describeUnless(obstacle, 'under sanitizers', () => {
  it('nothing is found', { timeout: 3_600_000 }, async () => {
    const { code, stdout, stderr } = await run('bash', ['test/slow/sanitize.sh'], { cwd: checkout });
    expect(code, `${stdout}\n${stderr}`).toBe(0);
  });
});
