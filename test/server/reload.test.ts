/** The configuration read again while the service answers: all of it or nothing, and what is wrong by its line. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyConfig } from '../../server/dist/config/apply.js';
import { readConfig } from '../../server/dist/config/read.js';
import { reloading } from '../../server/dist/config/reload.js';
import { newFolder, serving } from './serving.js';

const FIRST = { port: 7878, log: 'warn', models: { m: { kind: 'popularity' } }, scenarios: { s: { model: 'm' } } };

async function reloadable() {
  const s = await serving();
  const file = join(newFolder(), 'kindred.config.json');
  const write = (config: object | string) =>
    writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config, undefined, 2));
  write(FIRST);
  const read = () => readConfig(file, {}, {});
  const { config } = await read();
  await applyConfig(s.service, config);
  const taken: string[] = [];
  const reload = reloading(s.service, config, read, ({ log }) => taken.push(log));
  s.service.reloadConfiguration = reload;
  return { s, file, write, taken };
}

describe('POST /v1/configuration/reload', () => {
  it('takes in what can change, and names it', async () => {
    const { s, write, taken } = await reloadable();
    expect(await s.must('POST', '/v1/configuration/reload')).toEqual({ changed: [] });
    write({ ...FIRST, log: 'info', scenarios: { s: { model: 'm', k: 3 }, t: { model: 'm' } } });
    expect(await s.must('POST', '/v1/configuration/reload')).toEqual({ changed: ['log', 'scenarios'] });
    expect(taken).toEqual(['warn', 'info']);
    expect(s.service.tenant('default').scenarios.get('s')?.k).toBe(3);
    expect([...s.service.tenant('default').scenarios.keys()]).toEqual(['s', 't']);
  });

  it.each([
    [{ ...FIRST, port: 1, log: 'info' }, 409, /config\.json:2: port: cannot change without a restart/],
    [{ ...FIRST, folder: 'x' }, 409, /:\d+: folder: cannot change without a restart/],
    ['{\n "log": "info",\n}', 400, /config\.json:3: /],
    ['{ "log": "info"', 400, /config\.json:1: /],
    ['[]', 400, /config\.json:1: expected an object/],
    ['null', 400, /config\.json:1: expected an object/],
    [{ ...FIRST, log: 'loud' }, 400, /config\.json:3: log: /],
    [
      { ...FIRST, models: { n: { kind: 'popularity' } }, scenarios: { u: { model: 'nobody' } } },
      400,
      /config\.json:\d+: scenarios\.u: There is no model "nobody"/,
    ],
    [
      { ...FIRST, models: { n: { kind: 'popularity' } }, scenarios: { u: { model: 'n', filter: 'a =' } } },
      400,
      /config\.json:\d+: scenarios\.u: /,
    ],
    [{ ...FIRST, log: 'info', models: { n: { kind: 'als', options: { factors: -1 } } } }, 400, /:\d+: models\.n: /],
  ])('leaves all as it was with %j', async (config, status, message) => {
    const { s, write, taken } = await reloadable();
    write(config);
    const answer = await s.ask('POST', '/v1/configuration/reload');
    expect([answer.status, answer.body.detail]).toEqual([status, expect.stringMatching(message)]);
    const tenant = s.service.tenant('default');
    expect([[...tenant.models.keys()], [...tenant.scenarios.keys()], taken]).toEqual([['m'], ['s'], []]);
    write(FIRST);
    expect(await s.must('POST', '/v1/configuration/reload')).toEqual({ changed: [] });
  });
});

describe('a configuration that is a module', () => {
  const read = async (name: string, text: string) => {
    const file = join(newFolder(), name);
    writeFileSync(file, text);
    return { file, read: () => readConfig(file, {}, {}) };
  };

  it.each([
    ['a.mjs', (k: number) => `export default { port: ${k} };`],
    ['a.cjs', (k: number) => `module.exports = { port: ${k} };`],
    ['a.js', (k: number) => `module.exports = { port: ${k} };`],
  ])('%s is run anew when it has changed', async (name, textOf) => {
    const { file, read: again } = await read(name, textOf(1));
    expect((await again()).config.port).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    writeFileSync(file, textOf(2));
    expect((await again()).config.port).toBe(2);
  });

  it.each([
    ['a.mjs', 'export default {\n  port: 1,\n  log: "loud",\n};', /a\.mjs:3: log: /],
    ['a.mjs', 'export default {\n  models: {\n    m: { kind: "svd" } } };', /a\.mjs:3: models\.m\.kind: /],
    ['a.mjs', '\n\nthrow new Error("not today");', /a\.mjs:3: not today/],
    ['a.mjs', 'export const config = {};', /a\.mjs:1: expected an object .* default export/],
    ['a.yaml', 'port: 1', /a\.yaml is of a kind that is not read; expected \.json or/],
  ])('%s with %j is refused', async (name, text, message) => {
    await expect((await read(name, text)).read()).rejects.toThrow(message);
  });

  it('in TypeScript is read where Node can, and elsewhere says what is needed', async () => {
    const config = await read('kindred.config.ts', 'const port: number = 4;\nexport default { port };\n');
    const { typescript } = process.features as { typescript?: string | false };
    if (typescript) expect((await config.read()).config.port).toBe(4);
    else await expect(config.read()).rejects.toThrow(/TypeScript, which Node reads from 22\.18 on, and this is/);
  });
});
