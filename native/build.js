// Builds the addon with node-gyp. Without a compiler it says so in one line and succeeds: kindred then runs on WebAssembly.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
const { status, stdout, stderr } = spawnSync(
  process.execPath,
  // Not `rebuild`: make knows what has changed, commands included, so that packing after building takes seconds.
  [nodeGyp, 'configure', 'build', '--jobs', 'max', ...process.argv.slice(2)],
  {
    cwd: root,
    // What it says is kept and read, also where npm was told to be silent.
    env: { ...process.env, npm_config_loglevel: 'info' },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  },
);
if (status === 0) {
  removeStaleObjects(`${root}/build`);
} else {
  mkdirSync(`${root}/build`, { recursive: true });
  writeFileSync(`${root}/build/native-build.log`, `${stdout}\n${stderr}`);
  const reason =
    /not found: make|make.*ENOENT|(g\+\+|c\+\+|cc|clang\+\+): (not found|No such file)|ERR! find (Python|VS)/i.test(
      stderr + stdout,
    )
      ? 'no C++ toolchain found (g++ or clang++, make, Python 3)'
      : 'the build failed';
  console.error(`kindred: native addon not built, ${reason}; running on WebAssembly. Details: build/native-build.log`);
}

/** Object files of sources that are no longer units of the build: tests link all that lie here. */
function removeStaleObjects(build) {
  const objects = `${build}/Release/obj.target`;
  if (!existsSync(objects)) return;
  const makefiles = readdirSync(build).filter((file) => file.endsWith('.target.mk'));
  const units = makefiles.map((file) => readFileSync(`${build}/${file}`, 'utf8')).join('');
  for (const file of readdirSync(objects, { recursive: true })) {
    // A target's folder and the path of the source in it; the makefile has a variable for the former.
    const unit = file.split(/[\\/]/).slice(1).join('/');
    if (file.endsWith('.o') && !units.includes(`/${unit}`)) rmSync(`${objects}/${file}`);
  }
}
