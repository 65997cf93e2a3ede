/** The page, driven in headless Chromium as a visitor would: by mouse, by keyboard, on a phone, and without a network. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { build, type PreviewServer, preview } from 'vite';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { VectorIndex } from '../../../src/index.js';
import { writeNpy } from '../../../src/io/index.js';
import { Interactions, ItemKnn, modelFromBytes } from '../../../src/recommend/index.js';
import { checkout, describeUnless, findProgram, noProgram } from '../../fixtures/machine.js';
import { requireBuild } from '../../fixtures/processes/package-copy.js';

const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'];
const VIEWS = ['for-you', 'texts', 'your-data', 'speed', 'how-it-works'];
const configFile = join(checkout, 'web/vite.config.ts');
const assets = join(checkout, 'web/dist/assets');

const found = findProgram('chromium') ?? findProgram('chromium-browser') ?? findProgram('google-chrome');
const obstacle = found === undefined ? noProgram(['chromium'], 'chromium') : undefined;

describeUnless(obstacle, 'the page', () => {
  let server: PreviewServer;
  let browser: Browser;
  let context: BrowserContext;
  let problems: string[] = [];

  beforeAll(async () => {
    requireBuild();
    await build({ configFile, logLevel: 'warn' });
    server = await preview({ configFile, logLevel: 'warn', preview: { port: 0, host: '127.0.0.1' } });
    browser = await chromium.launch({ executablePath: found as string, args: ARGUMENTS });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  afterEach(async () => {
    await context?.close();
    expect(problems).toEqual([]);
  });

  async function visit(view = 'for-you', options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    problems = [];
    context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(`${server.resolvedUrls?.local[0]}#/${view}`);
    await page.waitForSelector('main section:not([hidden]) h1');
    return page;
  }

  const drop = async (page: Page, name: string, content: string | Uint8Array) =>
    await page.setInputFiles('input[type=file]', { name, mimeType: '', buffer: Buffer.from(content) });

  it('weighs at most 150 KB without data', () => {
    const isFirst = (name: string) => !/^(layout|parquet)-worker/.test(name);
    const weights = readdirSync(assets)
      .filter(isFirst)
      .map((name) => gzipSync(readFileSync(join(assets, name)), { level: 9 }).length);
    const html = gzipSync(readFileSync(join(checkout, 'web/dist/index.html'))).length;
    expect(weights.length).toBe(3);
    expect(weights.reduce((sum, each) => sum + each, html)).toBeLessThan(150_000);
  });

  it('recommends, with reasons, and again with every pick', async () => {
    const page = await visit();
    const names = () => page.locator('ol.recommended button.name').allTextContents();
    await page.waitForSelector('ol.recommended li');
    const before = await names();
    expect(before).toHaveLength(8);
    expect(before[0]).toBe('python3-scipy');
    await expect.poll(() => page.locator('ol.recommended .reasons').first().textContent()).toContain('python3-numpy');
    await page.waitForSelector('ol.alike li');
    await page.locator('ol.recommended button.name').first().click();
    await expect.poll(names).not.toContain('python3-scipy');
    expect(await page.locator('.chips li').count()).toBe(4);
    await page.getByLabel('Model').selectOption('UserKnn');
    await page.getByLabel('Variety').fill('0.5');
    await expect.poll(async () => (await names()).length).toBe(8);
  });

  it('is used by the keyboard alone', async () => {
    const page = await visit();
    await page.waitForSelector('ol.recommended li');
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toContain('To the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').getAttribute('role')).toBe('combobox');
    await page.keyboard.type('flask');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.chips li').count()).toBe(4);
    // The last chip's button takes it away again.
    for (let n = 0; n < 4; n++) await page.keyboard.press('Tab');
    expect(await page.locator(':focus').getAttribute('aria-label')).toContain('flask');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.chips li').count()).toBe(3);
  });

  it('sends nothing once the examples are here, and cannot', async () => {
    const page = await visit();
    await page.waitForSelector('ol.alike li');
    // Once they are here the page keeps its own files for later: that is the last of its loading.
    await page.evaluate(async () => await navigator.serviceWorker.ready);
    const requests: string[] = [];
    context.on('request', (request) => requests.push(request.url()));
    await page.locator('ol.recommended button.name').first().click();
    await page.getByRole('button', { name: 'Try to send something' }).click();
    await expect.poll(() => page.locator('footer').textContent()).toContain('The browser refused.');
    expect(await page.locator('footer .closed').textContent()).toContain('Nothing was sent');
    // What was tried in a worker that the page started is refused as well.
    const worker = page.workers()[0];
    const sent = await worker.evaluate(async () => await fetch(`${location.origin}/`).catch(() => 'refused'));
    expect(sent).toBe('refused');
    expect(requests.filter((url) => url.startsWith('http'))).toEqual([]);
  });

  it('works without a network, and after a reload', async () => {
    const page = await visit();
    await page.evaluate(async () => await navigator.serviceWorker.ready);
    await context.setOffline(true);
    await page.reload();
    await page.waitForSelector('ol.recommended li');
    await page.goto(`${server.resolvedUrls?.local[0]}#/how-it-works`);
    await page.waitForSelector('svg.intervals');
  });

  it('reads a table: columns are shown and can be changed, bad rows are named by line', async () => {
    const page = await visit('your-data');
    const csv = 'kunde;artikel;stars\nAnn;tea;5\nAnn;milk;4\nBen;tea;good\nBen;rum;1\n';
    await drop(page, 'orders.csv', csv);
    await page.waitForSelector('table.preview');
    expect(await page.getByRole('button', { name: 'Read it' }).isDisabled()).toBe(true);
    await page.getByLabel('Who').selectOption('kunde');
    await page.getByLabel('What').selectOption('artikel');
    expect(await page.getByLabel('How much').inputValue()).toBe('stars');
    await page.getByRole('button', { name: 'Read it' }).click();
    await expect.poll(() => page.locator('ul.bad').textContent()).toContain('Line 4');
    await page.getByRole('combobox', { name: 'Add a thing' }).fill('te');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('ol.recommended').textContent()).toContain('milk');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download this model' }).click(),
    ]);
    const model = modelFromBytes(readFileSync(await download.path()));
    expect(model.recommendFor(['tea'])[0].item).toBe('milk');
  });

  it('reads what kindred and NumPy wrote, and refuses the rest in plain words', async () => {
    const page = await visit('your-data');
    const index = VectorIndex.from(
      [
        [1, 0, 0],
        [0.9, 0.1, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
      { ids: ['a', 'b', 'c', 'd'] },
    );
    await drop(page, 'letters.kindred', index.toBytes());
    await expect.poll(() => page.locator('section:not([hidden])').textContent()).toContain('4 vectors of 3 numbers');
    await expect.poll(() => page.locator('ol.near').first().textContent()).toContain('b');
    await page.getByRole('button', { name: 'Find the 20 closest pairs' }).click();
    await expect.poll(() => page.locator('section:not([hidden])').textContent()).toContain('a and b');

    await drop(page, 'broken.kindred', index.toBytes().slice(0, 200));
    await page.waitForSelector('.problem[role=alert]');
    expect(await page.locator('.problem[role=alert]').textContent()).toContain('broken.kindred');
    expect(await page.locator('section:not([hidden])').textContent()).toContain('4 vectors of 3 numbers');

    await drop(page, 'rows.npy', writeNpy({ data: Float32Array.of(1, 2, 3, 4, 5, 6), rows: 3, dim: 2 }));
    await expect.poll(() => page.locator('section:not([hidden])').textContent()).toContain('3 vectors of 2 numbers');

    const records = ['tea', 'milk'].flatMap((item) => ['Ann', 'Ben'].map((user) => ({ user, item })));
    await drop(page, 'model.kindred', ItemKnn.fit(Interactions.from(records)).toBytes());
    await page.getByRole('combobox', { name: 'Add a thing' }).fill('te');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('ol.recommended').textContent()).toContain('milk');

    await drop(page, 'photo.jpg', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70));
    await page.waitForSelector('.problem[role=alert]');
    expect(await page.locator('.problem[role=alert]').textContent()).toContain('photo.jpg');
  });

  it('draws a map, and shows neighbours of the original space', async () => {
    const page = await visit('texts');
    await page.getByRole('button', { name: 'Sections of a manual' }).click();
    await page.waitForSelector('.map canvas');
    const before = await page.locator('section:not([hidden]) h2').first().textContent();
    await page.locator('section:not([hidden]) ol.near button.name').first().click();
    await expect.poll(() => page.locator('section:not([hidden]) h2').first().textContent()).not.toBe(before);
    await page.locator('.map .surface').focus();
    for (const key of ['+', 'ArrowLeft', '-', '0']) await page.keyboard.press(key);
  });

  it('computes the bits of Node on every backend', async () => {
    const page = await visit('speed');
    await page.getByRole('button', { name: 'Measure this device' }).click();
    const verdict = page.locator('section:not([hidden]) p[role=status]');
    await verdict.waitFor({ timeout: 300_000 });
    expect(await verdict.textContent()).toContain('the same bits as Node');
    expect(await page.locator('table.timings tbody tr').count()).toBeGreaterThanOrEqual(5);
  });

  it.each([
    ['light', { width: 1280, height: 900 }],
    ['dark', { width: 390, height: 844 }],
  ] as const)('can be read by everybody: %s, %o', async (colorScheme, viewport) => {
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    const page = await visit('for-you', { colorScheme, viewport });
    await page.waitForSelector('ol.alike li');
    await page.evaluate(axe);
    for (const view of VIEWS) {
      await page.evaluate((hash) => {
        location.hash = hash;
      }, `#/${view}`);
      await page.waitForTimeout(300);
      const violations = await page.evaluate(async () => {
        const { violations } = await (globalThis as unknown as Axe).axe.run();
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
      });
      expect({ view, violations }).toEqual({ view, violations: [] });
      // Nothing sticks out sideways.
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(viewport.width);
    }
  });
});

interface Axe {
  readonly axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
}
