// Puts addons where a published package carries them: prebuilds/<platform>-<arch>[-musl]/kindred.node. Without arguments
// the one that was built here; `node native/prebuild.js FILE [FOLDER]` takes one that was built for another platform.
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addonPlatform } from './addon-platform.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const built = join(root, 'build/Release/kindred.node');
const [file = built, prebuilds = join(root, 'prebuilds')] = process.argv.slice(2);
if (existsSync(file)) {
  // Loaded first, so that a build that does not work is never shipped.
  if (file === built) createRequire(import.meta.url)(file).levels();
  const folder = join(prebuilds, addonPlatform(readFileSync(file)));
  mkdirSync(folder, { recursive: true });
  copyFileSync(file, join(folder, 'kindred.node'));
} else if (file !== built) {
  throw new Error(`kindred: there is no ${file}`);
} else if (/^(pack|publish)$/.test(process.env.npm_command ?? '')) {
  console.error('kindred: no native addon was built; the package will carry only those already in prebuilds/');
}
