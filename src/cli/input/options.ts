/** Options that several commands share, and how what people type becomes numbers and lists. */
import { type Command, InvalidArgumentError, Option } from 'commander';

export const INTERACTION_FILES = `
Interactions, told apart by their names, each but .parquet also with .gz:
  .csv .tsv        who has what; a header line first (or --no-header)
  .dat .data       the same, separated by :: or tabs, as MovieLens writes them (with --no-header)
  .jsonl .ndjson   one object a line
  .parquet         with the package hyparquet (npm install hyparquet)
`;

export const VECTOR_FILES = `
Vectors, also with .gz:
  .npy        numpy: float32, float64, int8 or uint8
  .f32 .bin   raw little-endian float32, with --dim
  .txt .vec   a word and its numbers a line (GloVe, word2vec text)
`;

export const MODEL_FILES = `
Models: .kindred, as \`kindred train\` and the library's save() write them.
`;

/** What every command has. */
export function common(command: Command): Command {
  return command
    .option('--json', 'print JSON')
    .option('--backend <name>', 'native, native/LEVEL, wasm, wasm/LEVEL or reference (as KINDRED_BACKEND)');
}

/** How to read a file of interactions, and what to keep of it. */
export function interactionOptions(command: Command): Command {
  return command
    .optionsGroup('Options of interactions:')
    .option('--user-column <name>', 'column of the user (default: one with a usual name, else the first)')
    .option('--item-column <name>', 'column of the item (default: one with a usual name, else the second)')
    .option('--value-column <name>', 'column of a value or rating (default: one named so, else none)')
    .option('--time-column <name>', 'column of the time (default: where times are of use, one named so)')
    .option('--no-time-column', 'do not look for times')
    .addOption(
      new Option('--time-format <name>', 'how times are written (default: as the first one)').choices([
        'seconds',
        'milliseconds',
        'iso',
      ]),
    )
    .option('--delimiter <text>', 'what separates columns (default: as the name of the file says)')
    .option('--no-header', 'the first line is data; name columns by number, from 1')
    .option('--skip-bad-rows', 'leave out rows that cannot be read, and report them (default: the first is an error)')
    .addOption(
      new Option('--duplicates <rule>', 'what counts of several rows for one user and item').choices([
        'last',
        'first',
        'latest',
        'max',
        'sum',
      ]),
    )
    .addOption(new Option('--min-value <number>', 'leave out what has a lower value').argParser(finite))
    .option('--implicit', 'every value becomes 1: that it happened is what counts')
    .addOption(new Option('--k-core <number>', 'leave out users and items with fewer interactions').argParser(count));
}

export function vectorOptions(command: Command): Command {
  return command
    .optionsGroup('Options of vectors:')
    .addOption(new Option('--dim <number>', 'numbers per row, for raw float32').argParser(count))
    .option('--ids <file>', 'names of the rows, one a line')
    .addOption(
      new Option(
        '--ids-column <number>',
        'which column of --ids, separated by tabs (default: the whole line)',
      ).argParser(count),
    )
    .addOption(
      new Option('--metric <name>', 'what near means for vectors')
        .choices(['cosine', 'dot', 'euclidean'])
        .default('cosine'),
    );
}

/** How models are divided from what they are tested on, and what is measured. */
export function evaluationOptions(command: Command): Command {
  return command
    .addOption(modelOption('a model to train; name another by giving it again').argParser(repeated))
    .addOption(fusionOption())
    .optionsGroup('Options of the test:')
    .option('--test <file>', 'interactions to test on, in place of a split')
    .addOption(
      new Option(
        '--split <kind>',
        'what is held out: the latest, the last of each user, at random, or whole users (default: temporal where all ' +
          'times are known, else random)',
      ).choices(['temporal', 'leave-last-out', 'random', 'by-user']),
    )
    .addOption(new Option('--ratio <number>', 'the part that is held out (default: 0.2)').argParser(share))
    .addOption(
      new Option('--at <time>', 'the first time of a temporal test: a number as in the file, or a date').argParser(
        time,
      ),
    )
    .addOption(new Option('--seed <number>', 'of random splits').argParser(notNegativeInteger))
    .addOption(
      new Option('-k <numbers>', 'lengths of the list, separated by commas').argParser(counts).default([10], '10'),
    )
    .addOption(
      new Option(
        '--metrics <names>',
        'of precision, recall, cappedRecall, hitRate, ndcg, map, mrr, coverage, novelty, diversity, gini, rmse, mae, logLoss',
      ).argParser(list),
    )
    .addOption(
      new Option('--relevant-from <number>', 'only test values from this on are worth finding').argParser(finite),
    )
    .addOption(
      new Option('--relevance <kind>', 'what finding one is worth to ndcg').choices([
        'binary',
        'graded',
        'exponential',
      ]),
    )
    .option('--no-intervals', 'no bootstrap intervals')
    .option('--html <file>', 'also write a page with charts, with the package echarts (npm install echarts)');
}

export function modelOption(description: string): Option {
  return new Option('--model <spec>', description);
}

export function fusionOption(): Option {
  return new Option('--fusion <method>', 'how a mixture adds: scores, or reciprocal ranks').choices([
    'weighted',
    'rrf',
  ]);
}

export function countOption(): Option {
  return new Option('-k <number>', 'answers at most').argParser(count).default(10);
}

export function neighborsOption(): Option {
  return new Option('--neighbors <number>', 'nearest neighbours that a neighbourhood model keeps').argParser(count);
}

export function shrinkageOption(): Option {
  return new Option('--shrinkage <number>', 'how far a neighbourhood model distrusts what rests on little').argParser(
    notNegative,
  );
}

function count(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 2 ** 31 - 1)
    throw new InvalidArgumentError('Expected a positive integer.');
  return value;
}

export function finite(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Expected a finite number.');
  return value;
}

export function numbers(text: string): number[] {
  return text.split(',').map((each, n) => {
    try {
      return finite(each);
    } catch {
      throw new InvalidArgumentError(`Expected finite numbers separated by commas; number ${n + 1} is "${each}".`);
    }
  });
}

export function list(text: string): string[] {
  const items = text.split(',').filter((item) => item !== '');
  if (items.length === 0) throw new InvalidArgumentError('Expected items separated by commas.');
  return items;
}

/** From 0, all difference, to 1, all score. */
export function unitInterval(text: string): number {
  const value = finite(text);
  if (value < 0 || value > 1) throw new InvalidArgumentError('Expected a number from 0 to 1.');
  return value;
}

function counts(text: string): number[] {
  try {
    return text.split(',').map(count);
  } catch {
    throw new InvalidArgumentError('Expected positive integers separated by commas.');
  }
}

function notNegative(text: string): number {
  const value = finite(text);
  if (value < 0) throw new InvalidArgumentError('Expected a number >= 0.');
  return value;
}

function notNegativeInteger(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('Expected an integer from 0 on.');
  }
  return value;
}

/** Dates are kept in milliseconds since 1970. */
function time(text: string): number {
  const value = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Expected a number, or a date such as 2024-05-01.');
}

function share(text: string): number {
  const value = finite(text);
  if (value <= 0 || value >= 1) throw new InvalidArgumentError('Expected a number between 0 and 1.');
  return value;
}

function repeated(text: string, before: string[] = []): string[] {
  return [...before, text];
}
