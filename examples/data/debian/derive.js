/**
 * Derives interactions.csv.gz from a Debian package list:
 *
 *     apt-cache dumpavail | node derive.js
 *
 * A "user" is a source package, an "item" a package that its binary packages depend on.
 * The output depends on the list alone: sorted by byte, gzip without a time stamp.
 */
import { writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/** An item that fewer sources use says little; one that more use (libc6, python3) says nothing. */
const SOURCES_PER_ITEM = { min: 8, max: 4000 };
const ITEMS_PER_SOURCE_MIN = 4;

const itemsBySource = new Map();
for (const stanza of (await text(process.stdin)).split(/\n{2,}/)) {
  const name = field(stanza, 'Package');
  if (name === undefined) continue;
  const source = (field(stanza, 'Source') ?? name).split(' ')[0];
  if (!itemsBySource.has(source)) itemsBySource.set(source, new Set());
  for (const item of dependencies(field(stanza, 'Depends') ?? '')) itemsBySource.get(source).add(item);
}

const uses = new Map();
for (const items of itemsBySource.values()) {
  for (const item of items) uses.set(item, (uses.get(item) ?? 0) + 1);
}

const lines = ['source,library'];
const libraries = new Set();
let sources = 0;
for (const source of [...itemsBySource.keys()].sort()) {
  const items = [...itemsBySource.get(source)].filter(isTelling).sort();
  if (items.length < ITEMS_PER_SOURCE_MIN) continue;
  sources++;
  for (const item of items) {
    libraries.add(item);
    lines.push(`${source},${item}`);
  }
}

const target = fileURLToPath(new URL('interactions.csv.gz', import.meta.url));
writeFileSync(target, gzipSync(`${lines.join('\n')}\n`, { level: 9 }));
console.log(`${sources} sources, ${libraries.size} libraries, ${lines.length - 1} pairs`);

/** The value of a one-line field of a stanza, or undefined. */
function field(stanza, name) {
  return stanza.match(new RegExp(`^${name}: ?(.*)$`, 'm'))?.[1];
}

/** The package names in a Depends field: the first alternative of each entry, without version or architecture. */
function dependencies(depends) {
  return depends
    .split(',')
    .map((entry) => entry.trim().split(/[\s(|:]/, 1)[0])
    .filter((name) => name !== '');
}

function isTelling(item) {
  const count = uses.get(item);
  return count >= SOURCES_PER_ITEM.min && count <= SOURCES_PER_ITEM.max;
}
