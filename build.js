/** Builds the package from a checkout: the addon beside WebAssembly and TypeScript, since none of them waits for another. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('.', import.meta.url));

// npm prepares this package twice: for itself, and as the workspace that the server depends on.
if (!process.argv.includes('--if-changed') || !isBuilt()) {
  const builds = ['build:native', 'build:ts'].map((script) =>
    spawn('npm', ['run', '--silent', script], { stdio: 'inherit', shell: true }),
  );
  const codes = await Promise.all(builds.map(async (build) => (await once(build, 'exit'))[0]));
  process.exitCode = codes.find((code) => code !== 0) ?? 0;
}

/** Whether everything is there, and newer than what it is made of. */
function isBuilt() {
  const made = ['build/Release/kindred.node', 'dist/index.js', 'server/dist/main.js'].map((file) => `${root}/${file}`);
  if (!made.every(existsSync)) return false;
  const sources = ['src', 'assembly', 'native', 'server'].flatMap((folder) => filesIn(`${root}/${folder}`));
  for (const file of ['package.json', 'package-lock.json', 'tsconfig.json', 'binding.gyp'])
    sources.push(`${root}/${file}`);
  const oldest = Math.min(...made.map((file) => statSync(file).mtimeMs));
  return sources.every((file) => statSync(file).mtimeMs < oldest);
}

/** What is written by hand: no packages, and nothing that a build leaves. */
function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (/^(node_modules|dist|binaries.*)$/.test(entry.name)) return [];
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}
