/** Builds the package from a checkout: the addon beside WebAssembly and TypeScript, since none of them waits for another. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const builds = ['build:native', 'build:ts'].map((script) =>
  spawn('npm', ['run', '--silent', script], { stdio: 'inherit', shell: true }),
);
const codes = await Promise.all(builds.map(async (build) => (await once(build, 'exit'))[0]));
process.exitCode = codes.find((code) => code !== 0) ?? 0;
