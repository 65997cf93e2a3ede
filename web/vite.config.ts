/** Builds the page into static files, and serves them. It uses what the package publishes for browsers: ../dist/web. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { exampleData } from './build/data.js';
import { withoutLevels } from './build/levels.js';
import { offline } from './build/offline.js';
import { policy } from './build/policy.js';

const kindred = fileURLToPath(new URL('../dist/web/', import.meta.url));

export default defineConfig({
  root: fileURLToPath(new URL('./', import.meta.url)),
  // Static files under any path: a folder of a server, a CDN, the service.
  base: './',
  resolve: {
    alias: [
      { find: /^kindred$/, replacement: `${kindred}index.js` },
      { find: /^kindred\/(recommend|embeddings|io|wasm)$/, replacement: `${kindred}$1/index.js` },
    ],
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [exampleData(), policy(), offline()],
  // The worker is one script: it begins from a blob, so that it inherits the policy of the page.
  worker: { format: 'iife', plugins: () => [withoutLevels()] },
  build: { target: 'es2022', outDir: 'dist', emptyOutDir: true, assetsInlineLimit: 0, modulePreload: false },
  preview: { port: 4173 },
});
