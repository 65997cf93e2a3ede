// Puts the addon built here where a published package carries it: prebuilds/<platform>-<arch>[-musl]/kindred.node.
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { platformName } from '../dist/node/backend/native/platform.cjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const built = `${root}/build/Release/kindred.node`;
if (existsSync(built)) {
  // Loaded first, so that a build for another platform can never be shipped under this one's name.
  createRequire(import.meta.url)(built).levels();
  const folder = `${root}/prebuilds/${platformName()}`;
  mkdirSync(folder, { recursive: true });
  copyFileSync(built, `${folder}/kindred.node`);
} else if (/^(pack|publish)$/.test(process.env.npm_command ?? '')) {
  console.error('kindred: no native addon was built; the package will carry only those already in prebuilds/');
}
