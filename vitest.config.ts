import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests run the sources; `#backend` is resolved by hand because package.json points it at dist. */
export default defineConfig({
  resolve: {
    alias: { '#backend': fileURLToPath(new URL('./src/backend/candidates.node.ts', import.meta.url)) },
  },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
