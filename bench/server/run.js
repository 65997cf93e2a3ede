/**
 * `npm run bench:server`: the server under load, beside an empty route of its framework in the same run. Prints a table
 * of what was found and what is wanted, and writes it as JSON.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CASES } from './cases.js';

const HELP = `npm run bench:server -- [options] [case...]

Cases: ${Object.keys(CASES).join(', ')} (default: all)
  --quick       little data and time: shows that everything runs, not how fast
  --minutes N   of mixed load (10)
  --out FILE    where the JSON goes (bench/results/server.json; with --quick nowhere)`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '10' },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const unknown = positionals.find((name) => !Object.hasOwn(CASES, name));
if (values.help || unknown !== undefined || !(Number(values.minutes) > 0)) {
  console.log(HELP);
  process.exit(values.help ? 0 : 2);
}
const out =
  values.out ?? (values.quick ? undefined : fileURLToPath(new URL('../results/server.json', import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-server-'));
const found = [];
try {
  for (const name of positionals.length > 0 ? positionals : Object.keys(CASES)) {
    console.error(`${name} …`);
    const how = { folder: join(folder, name), quick: values.quick, minutes: Number(values.minutes) };
    for (const row of await CASES[name](how)) found.push({ case: name, ...row });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log('| what | found | wanted |\n|---|---|---|');
for (const { what, value, wanted = '' } of found) console.log(`| ${what} | ${shown(value)} | ${wanted} |`);
if (out !== undefined) {
  const lines = found.map((row) => `  ${JSON.stringify(row)}`).join(',\n');
  writeFileSync(out, `{\n "node": "${process.version}",\n "results": [\n${lines}\n ]\n}\n`);
}

function shown(value) {
  return typeof value === 'number' ? String(Number(value.toPrecision(3))) : value;
}
