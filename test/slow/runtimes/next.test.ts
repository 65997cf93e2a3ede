/** Next, built by Turbopack to stand alone: a server component, a route, a route at the edge and a page on a visitor's device. */
import { spawn } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeUnless } from '../../fixtures/machine.js';
import { launchChromium, noChromium } from '../../fixtures/processes/chromium.js';
import { temporaryFolder } from '../../fixtures/processes/package-copy.js';
import { mustRun } from '../../fixtures/processes/run.js';
import { AS_IT_COMES, digestOf, obstacle, project, tool, write } from './installed.js';

const IMPORTS = `import { backendInfo } from 'kindred';\nimport { answers } from '../../program.js';\n`;
const ANSWER = `const said = backendInfo().name + ' ' + (await answers()) + '.';`;
const ROUTE = `${IMPORTS}export async function GET() { ${ANSWER} return new Response(said); }\n`;
const TOOLS = tool('..');
const FILES = {
  'package.json': '{ "name": "tried-by-next", "private": true }',
  // The tools are installed above the project.
  'next.config.mjs': `const root = ${JSON.stringify(join(TOOLS))};
    export default { output: 'standalone', turbopack: { root }, outputFileTracingRoot: root };`,
  'app/layout.js': 'export default ({ children }) => <html><body>{children}</body></html>;',
  'app/component/page.js': `${IMPORTS}export const dynamic = 'force-dynamic';
    export default async function Page() { ${ANSWER} return <p>{said}</p>; }`,
  'app/route/route.js': `${ROUTE}export const dynamic = 'force-dynamic';\n`,
  'app/edge/route.js': `${ROUTE}export const runtime = 'edge';\n`,
  'app/client/page.js': `'use client';\n${IMPORTS}import { useEffect, useState } from 'react';
    export default function Page() {
      const [said, say] = useState('');
      useEffect(() => { (async () => { ${ANSWER} say(said); })(); }, []);
      return <p>{said}</p>;
    }`,
};

describeUnless(obstacle ?? noChromium, 'Next', () => {
  const folder = obstacle === undefined ? project() : '';
  const alone = temporaryFolder();
  let expected: string;
  let browser: Browser;
  let server: ReturnType<typeof spawn>;
  let url = '';
  let problems = '';

  beforeAll(async () => {
    expected = await digestOf(folder);
    write(folder, FILES);
    const env = { ...AS_IT_COMES, NEXT_TELEMETRY_DISABLED: '1', CI: '1' };
    await mustRun(process.execPath, [tool('next/dist/bin/next'), 'build'], { cwd: folder, env });
    cpSync(join(folder, '.next/standalone'), alone, { recursive: true });
    const app = join(alone, folder.slice(join(TOOLS).length));
    cpSync(join(folder, '.next/static'), join(app, '.next/static'), { recursive: true });
    const asked = { ...process.env, ...env, KINDRED_QUIET: undefined, PORT: '0', HOSTNAME: '127.0.0.1' };
    server = spawn(process.execPath, ['server.js'], { cwd: app, env: asked });
    await new Promise<void>((resolve, reject) => {
      server.stdout?.on('data', (said) => {
        url ||= /http:\/\/127\.0\.0\.1:\d+/.exec(String(said))?.[0] ?? '';
        if (url !== '') resolve();
      });
      server.stderr?.on('data', (said) => {
        problems += said;
      });
      server.on('exit', () => reject(new Error(problems)));
    });
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    server?.removeAllListeners('exit').kill();
  });

  const answer = async (path: string) => /\w+ [0-9a-f]+(?=\.)/.exec(await (await fetch(`${url}${path}`)).text())?.[0];

  it('a server component and a route answer; what stands alone has no addon, and says so in one line', async () => {
    expect(await answer('/component')).toBe(`wasm ${expected}`);
    expect(await answer('/route')).toBe(`wasm ${expected}`);
    expect(problems).toMatch(/^kindred: running on wasm\/\S+, slower than natively: .*serverExternalPackages.*\n$/);
  });

  it('a route at the edge answers', async () => {
    expect(await answer('/edge')).toBe(`wasm ${expected}`);
  });

  it('a page answers on the device of its visitor', async () => {
    const page = await browser.newPage();
    await page.goto(`${url}/client`);
    await page.getByText(`wasm ${expected}.`).waitFor({ timeout: 60_000 });
    await page.close();
  });
});
