/** Options that several commands share, and how what people type becomes numbers and lists. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { FORMATS } from './file-kinds.js';

export const INTERACTION_FILES = `
Interactions, told apart by their names, each but .parquet also with .gz; - is stdin:
  .csv .tsv        who has what; a header line first (or --no-header)
  .dat .data       the same, separated by :: or tabs, as MovieLens writes them
  .txt             the same, separated by commas, tabs, semicolons, :: or |
  .jsonl .json     one object a line
  .parquet         with the package hyparquet (npm install hyparquet)
Columns are known by usual names, such as userId, visitorid, CustomerID, asin, StockCode, rating. Which are read is
told on stderr; with --json it is part of the answer.
`;

export const VECTOR_FILES = `
Vectors, also with .gz; - is stdin:
  .npy                    numpy: float32, float64, int8 or uint8
  .f32 .bin               raw little-endian float32, with --dim
  .bin                    word2vec's binary format
  .fvecs .bvecs .ivecs    rows, each behind its length
  .fbin .u8bin .i8bin     rows behind two counts
  .txt .vec               a word and its numbers a line (GloVe, word2vec text), or numbers alone (numpy.savetxt)
  .kindred                a saved index
`;

export const MODEL_FILES = `
Models: .kindred, as \`kindred train\` and the library's save() write them.
`;

/** What every command has. */
export function common(command: Command): Command {
  return command
    .option('--json', 'print JSON, errors too')
    .option('--backend <name>', 'native, native/LEVEL, wasm, wasm/LEVEL or reference (as KINDRED_BACKEND)');
}

/** How to read a file of interactions, and what to keep of it. */
export function interactionOptions(command: Command): Command {
  return command
    .optionsGroup('Options of interactions:')
    .option('--user-column <name>', 'column of the user, by name or number (default: one with a usual name)')
    .option('--item-column <name>', 'column of the item (default: one with a usual name)')
    .option('--value-column <name>', 'column of a value or rating (default: one with a usual name, else none)')
    .option('--no-value-column', 'take every value as 1')
    .option('--time-column <name>', 'column of the time (default: where times are of use, one with a usual name)')
    .option('--no-time-column', 'do not look for times')
    .addOption(
      new Option('--time-format <name>', 'how times are written (default: as the first one)').choices([
        'seconds',
        'milliseconds',
        'iso',
      ]),
    )
    .addOption(
      new Option(
        '--delimiter <text>',
        'what separates columns, such as ";" or tab (default: as the file says)',
      ).argParser(delimiter),
    )
    .option('--header', 'the first line names the columns (default: if that leaves no doubt)')
    .option('--no-header', 'the first line is data; name columns by number, from 1')
    .addOption(
      new Option(
        '--encoding <name>',
        'utf-8, utf-16le, utf-16be or windows-1252 (default: by mark, else utf-8)',
      ).argParser(encoding),
    )
    .addOption(new Option('--decimal <mark>', 'the decimal mark of values (default: .)').choices(['.', ',']))
    .addOption(new Option('--quote <character>', 'what fields may be put in (default: ")').argParser(character))
    .option('--no-quote', 'quotes mean themselves')
    .option('--line-breaks', 'fields in quotes may hold lines that look like rows')
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
      new Option('--on-bad-word <rule>', 'what a word that is not UTF-8 does (default: refuse the file)').choices([
        'refuse',
        'skip',
        'replace',
      ]),
    )
    .addOption(
      new Option('--on-wrong-count <rule>', 'what a wrong number of words does (default: refuse the file)').choices([
        'refuse',
        'accept',
      ]),
    )
    .addOption(
      new Option('--metric <name>', 'what near means for vectors (default: cosine)').choices([
        'cosine',
        'dot',
        'euclidean',
      ]),
    )
    .addOption(
      new Option('--dtype <name>', 'how numbers are kept (default: as exactly as the file has them)').choices([
        'float32',
        'float64',
        'float16',
        'bfloat16',
        'int8',
      ]),
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
      new Option(
        '--at <time>',
        'the first time of a temporal test: a number as in the file, or a date, in UTC',
      ).argParser(time),
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

const DATE =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,3})\d*)?)?)?(?: ?(Z|z|[+-]\d\d(?::?\d\d)?))?$/;

/** Dates are kept in milliseconds since 1970. Without a zone they are in UTC, as those of the data are. */
function time(text: string): number {
  const parts = DATE.exec(text.trim());
  const value = parts === null ? Number(text) : dateOf(parts);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Expected a number, or a date such as 2024-05-01 or 2024-05-01T12:30:00+02:00.');
}

/** NaN for a date that there is not. */
function dateOf([
  ,
  year,
  month,
  day,
  hour = '00',
  minute = '00',
  second = '00',
  part = '',
  zone = 'Z',
]: string[]): number {
  const offset = /^[+-]/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}` : 'Z';
  const value = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${part.padEnd(3, '0')}${offset}`);
  // Date.parse takes the 31st of June for the first of July.
  return new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day)
    ? value
    : Number.NaN;
}

function delimiter(text: string): string {
  if (text === 'tab' || text === '\\t') return '\t';
  if (text !== '') return text;
  throw new InvalidArgumentError('Expected what separates columns.');
}

function character(text: string): string {
  if (text.length === 1) return text;
  throw new InvalidArgumentError('Expected one character.');
}

const ENCODINGS: Readonly<Record<string, readonly string[]>> = {
  'utf-8': ['utf8'],
  'utf-16le': ['utf-16', 'utf16', 'utf16le', 'ucs-2'],
  'utf-16be': ['utf16be'],
  'windows-1252': ['cp1252', 'latin1', 'latin-1', 'iso-8859-1', 'ascii'],
};

function encoding(text: string): string {
  const typed = text.toLowerCase();
  const known = Object.entries(ENCODINGS).find(([name, also]) => name === typed || also.includes(typed));
  if (known !== undefined) return known[0];
  throw new InvalidArgumentError(`Expected one of ${Object.keys(ENCODINGS).join(', ')}.`);
}

/** What the file that a command reads holds, where its name does not say. */
export function formatOption(): Option {
  return new Option('--format <name>', 'what the file holds (default: as its name says)').choices(FORMATS);
}

function share(text: string): number {
  const value = finite(text);
  if (value <= 0 || value >= 1) throw new InvalidArgumentError('Expected a number between 0 and 1.');
  return value;
}

function repeated(text: string, before: string[] = []): string[] {
  return [...before, text];
}
