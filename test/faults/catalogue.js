/** The faults: each a text of one file and what stands there in its place. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} Fault
 * @property {string} name What is wrong, in a few words.
 * @property {string} file Path from the checkout.
 * @property {string} find A text that occurs once in the file.
 * @property {string} replace What stands there instead. It still compiles.
 * @property {string} first The tests that are tried first: parts of their paths, separated by spaces. Then all others.
 * @property {string} [only] Of these, the tests whose names match this pattern.
 * @property {string} [slow] Why the fast tier cannot notice it; then `first` names slow tests.
 */

/**
 * All faults, in the order of their files.
 * @throws Error naming the faults that do not fit the sources
 * @returns {Promise<Fault[]>}
 */
export async function readCatalogue(checkout) {
  const folder = new URL('catalogue/', import.meta.url);
  const faults = [];
  for (const file of readdirSync(folder).sort()) faults.push(...(await import(new URL(file, folder).href)).default);
  const wrong = faults.flatMap((fault) => {
    const path = join(checkout, fault.file);
    const times = existsSync(path) ? readFileSync(path, 'utf8').split(fault.find).length - 1 : 'no file, so 0';
    if (times === 1 && fault.find !== fault.replace) return [];
    return [`${fault.file}: ${fault.name}: the text to replace occurs ${times} times`];
  });
  if (wrong.length > 0) throw new Error(`faults that no longer fit the sources:\n${wrong.join('\n')}`);
  const names = faults.map(({ file, name }) => `${file}: ${name}`);
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  if (twice.length > 0) throw new Error(`faults listed twice:\n${twice.join('\n')}`);
  return faults;
}
