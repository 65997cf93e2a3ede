// Cross-builds the addon for 64-bit Arm with Debian's compilers (apt-get install g++-aarch64-linux-gnu), beside the build
// of this machine, and puts it into prebuilds/. `node native/cross.js [FOLDER]` works in another folder, and leaves both there.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const TRIPLE = 'aarch64-linux-gnu';
const root = fileURLToPath(new URL('..', import.meta.url));
const [given] = process.argv.slice(2);
const folder = resolve(given ?? join(root, 'build/cross'));
const prebuilds = join(given === undefined ? root : folder, 'prebuilds');

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const source of ['package.json', 'binding.gyp', 'native']) {
  cpSync(join(root, source), join(folder, source), { recursive: true });
}
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
const [gcc, gxx] = [`${TRIPLE}-gcc`, `${TRIPLE}-g++`];
// By npm, which knows where the headers of Node are.
run('npx', ['--no-install', 'node-gyp', 'rebuild', '--jobs', 'max', '--arch=arm64'], {
  cwd: folder,
  env: { ...process.env, CC: gcc, CXX: gxx, LINK: gxx, AR: `${TRIPLE}-ar` },
});
run(process.execPath, [join(root, 'native/prebuild.js'), join(folder, 'build/Release/kindred.node'), prebuilds], {});

function run(program, args, options) {
  const { status } = spawnSync(program, args, { stdio: 'inherit', ...options });
  if (status !== 0) process.exit(status ?? 1);
}
