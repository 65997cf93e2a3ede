/** The two tiers of the tests: `npm test` runs the fast one, `npm run test:all` (`--mode slow`) the slow one. */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const root = new URL('./', import.meta.url);

/** Tests run the sources; what differs between Node and the web is what Node has. */
export default defineConfig(({ mode }) => {
  const slow = mode === 'slow' || process.env.KINDRED_SLOW === '1';
  return {
    resolve: {
      alias: {
        '#backend': fileURLToPath(new URL('src/backend/candidates.node.ts', root)),
        '#pairs': fileURLToPath(new URL('src/backend/pairs.node.ts', root)),
      },
    },
    test: {
      include: slow ? ['test/slow/**/*.test.ts', ...longerSearches()] : ['test/**/*.test.ts'],
      exclude: slow ? ['**/node_modules/**'] : ['test/slow/**'],
      env: { KINDRED_SLOW: slow ? '1' : '' },
      globalSetup: ['test/fixtures/name-levels.ts'],
      maxWorkers: availableParallelism(),
      sequence: { sequencer: LongestFirst },
      // They end what hangs. No test is so long that a busy machine could meet them.
      testTimeout: slow ? 1_200_000 : 300_000,
      hookTimeout: slow ? 1_200_000 : 300_000,
    },
  };
});

/** Files of a minute and more begin first, so that none goes on alone at the end. */
const LONG = ['/sanitizers/', '/emulated/', 'certificate.test', 'conformance.test', '/browser/', '/cli/process.test'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = LONG.findIndex((part) => moduleId.includes(part));
      return place < 0 ? LONG.length : place;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

/** Files of the fast tier that search longer in the slow one: they read KINDRED_SLOW. */
function longerSearches(): string[] {
  const files = readdirSync(new URL('test', root), { encoding: 'utf8', recursive: true });
  return files
    .filter((file) => file.endsWith('.test.ts') && !file.startsWith('slow'))
    .map((file) => `test/${file.replaceAll('\\', '/')}`)
    .filter((file) => readFileSync(new URL(file, root), 'utf8').includes('KINDRED_SLOW'));
}
