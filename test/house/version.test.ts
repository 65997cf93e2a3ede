/** The version that a bundle knows itself by is the package's. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { VERSION } from '../../src/version.js';
import { checkout } from '../fixtures/machine.js';

it('is the version of package.json', () => {
  expect(JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')).version).toBe(VERSION);
});
