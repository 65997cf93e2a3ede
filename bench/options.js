/** The options of `npm run bench`, and the text that explains them. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cases } from './cases/index.js';
import { readSizeOptions, SIZE_OPTIONS } from './sizes.js';

const RESULTS = fileURLToPath(new URL('results', import.meta.url));

export const HELP = `npm run bench -- [options] [case...]

Checks and times kindred and, where installed, others. Without a case, all:
${cases.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`).join('\n')}

Options
  --quick         smaller data, little time, one process for all: shows that everything runs, not how fast
  --rows LIST     rows, --dim LIST dimensions, --queries LIST queries in place of a case's own, e.g. --rows 10000,1000000
  --data LIST     kinds of vectors: clustered, gaussian, anisotropic, outliers
  --threads LIST  numbers of threads (1, and 2 if there are as many)
  --size TEXT     only the sizes whose label contains TEXT, e.g. --size 768
  --only TEXTS    only the contenders whose name contains one of them, e.g. --only native,numpy
  --out FILE      where the JSON goes (bench/results/latest.json; with --quick quick.json); charts go beside it, with --quick
                  only if FILE is given
  --json          prints the JSON to stdout, and nothing else
  --help          this text

Exit code 1 if an answer was wrong or a contender failed, 2 if the options make no sense.`;

/** @throws Error for options that make no sense. */
export function readOptions(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      size: { type: 'string', default: '' },
      only: { type: 'string', default: '' },
      ...SIZE_OPTIONS,
      out: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.find((wanted) => !cases.some(({ name }) => name === wanted));
  if (unknown !== undefined) {
    throw new Error(`there is no case ${JSON.stringify(unknown)}, but ${cases.map(({ name }) => name).join(', ')}`);
  }
  const chosen = cases.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const out = values.out ?? join(RESULTS, values.quick ? 'quick.json' : 'latest.json');
  const charts = !values.quick || values.out !== undefined;
  const sizes = readSizeOptions(values);
  const threads = sizes.threads ?? (availableParallelism() > 1 ? [1, 2] : [1]);
  return { ...values, ...sizes, threads, out, charts, chosen };
}
