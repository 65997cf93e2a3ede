/** The examples of server/deploy name what there is: commands, paths, limits, and a configuration that is read. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readConfig } from '../../server/dist/config/read.js';
import { LIMITS } from '../../server/dist/limits.js';
import { checkout } from '../fixtures/machine.js';
import { newFolder } from './serving.js';

const read = (name: string) => readFileSync(join(checkout, 'server/deploy', name), 'utf8');
const isThere = (program: string) => spawnSync(program, ['--version']).error === undefined;

it('the configuration inside the manifests is one, and probes ask what is answered', async () => {
  const text = read('kubernetes.yaml');
  const [, config] = /kindred\.config\.json: \|\n((?: {4}.*\n)+)/.exec(text) ?? [];
  const file = join(newFolder(), 'kindred.config.json');
  writeFileSync(file, config);
  expect((await readConfig(file, {}, {})).config).toMatchObject({ host: '0.0.0.0', folder: '/data', port: 7878 });
  const paths = [...text.matchAll(/httpGet: \{ path: (\S+),/g)].map(([, path]) => path);
  expect(paths).toEqual(['/readyz', '/readyz', '/healthz']);
  expect(text).not.toMatch(/\t/);
});

it('all wait longer for the end than it takes', () => {
  const [, ms] = /END_MS = (\d+_\d+)/.exec(readFileSync(join(checkout, 'server/src/command/signals.ts'), 'utf8')) ?? [];
  const seconds = Number(ms.replace('_', '')) / 1000;
  const bounds = [
    /terminationGracePeriodSeconds: (\d+)/.exec(read('kubernetes.yaml')),
    /TimeoutStopSec=(\d+)/.exec(read('kindred-server.service')),
    /--stop-timeout (\d+)/.exec(read('Dockerfile')),
  ];
  for (const bound of bounds) expect(Number(bound?.[1])).toBeGreaterThan(seconds);
});

it('nginx lets through what the server does', () => {
  const text = read('nginx.conf');
  expect(text).toContain(`client_max_body_size ${LIMITS.bodyBytes / 2 ** 20}m;`);
  expect(text).toContain('location = /v1/events/lines');
  expect(text.split('{').length).toBe(text.split('}').length);
});

it.skipIf(!isThere('nginx'))('nginx takes its configuration', () => {
  const folder = newFolder();
  const [key, cert] = [join(folder, 'kindred.key'), join(folder, 'kindred.crt')];
  spawnSync('openssl', [
    'req',
    '-x509',
    '-nodes',
    '-newkey',
    'rsa:2048',
    '-subj',
    '/CN=a',
    '-keyout',
    key,
    '-out',
    cert,
  ]);
  const site = join(folder, 'site.conf');
  writeFileSync(site, read('nginx.conf').replaceAll('/etc/nginx/tls', folder));
  const main = join(folder, 'nginx.conf');
  writeFileSync(main, `pid ${folder}/pid; events {} http { access_log off; include ${site}; }`);
  const { status, stderr } = spawnSync('nginx', ['-t', '-p', folder, '-e', join(folder, 'log'), '-c', main]);
  expect([status, String(stderr)]).toEqual([0, expect.stringMatching(/successful/)]);
});

it.skipIf(!isThere('systemd-analyze'))('systemd takes the unit', () => {
  const unit = join(checkout, 'server/deploy/kindred-server.service');
  const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', unit]);
  expect(String(stderr)).not.toMatch(/kindred-server\.service:\d+/);
});
