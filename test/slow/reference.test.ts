/** `npm run docs` writes a page for every public name, and has nothing to complain about. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import * as embeddings from '../../src/embeddings/index.js';
import * as kindred from '../../src/index.js';
import * as io from '../../src/io/index.js';
import * as recommend from '../../src/recommend/index.js';
import { ROOT } from '../house/documents.js';

it('every public name has a page', () => {
  execFileSync('npm', ['run', '--silent', 'docs'], { cwd: ROOT, encoding: 'utf8' });
  const pages = readdirSync(join(ROOT, 'docs/reference/html'), { recursive: true, encoding: 'utf8' });
  for (const [from, names] of Object.entries({ index: kindred, recommend, embeddings, io })) {
    for (const name of Object.keys(names)) {
      expect(
        pages.some((page) => page.endsWith(`.${name}.html`)),
        `${name} of ${from}`,
      ).toBe(true);
    }
  }
});
