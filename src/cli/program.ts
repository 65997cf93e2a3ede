/** Commands, arguments and options; what each does is loaded when it is called. */
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { printable } from './failure.js';

const FILES = `
Files are told apart by their names, each also with .gz:
  .csv .tsv   interactions: who has what; a header line first (or --no-header)
  .npy        vectors: numpy, float32, float64, int8 or uint8
  .f32 .bin   vectors: raw little-endian float32, with --dim
  .txt .vec   vectors: a word and its numbers a line (GloVe, word2vec text)
`;

export function createProgram(): Command {
  const program = new Command('kindred')
    .description('Finds what is alike, exactly: items, people, words and other vectors.')
    .version(packageVersion(), '-V, --version')
    .helpCommand(false)
    .showHelpAfterError(false)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`kindred: ${oneLineOf(text)}\n`) })
    .addHelpText(
      'after',
      `${examples(
        'kindred info',
        'kindred similar debian/interactions.csv.gz python3-numpy',
        'kindred recommend debian/interactions.csv.gz --profile python3-pil --explain',
        'kindred search glove-4k/vectors.npy paris --ids glove-4k/words.txt',
      )}

COMMAND --help tells the options. Exit codes: 0 done, 2 bad input, 1 failure.`,
    );

  const info = program
    .command('info')
    .description('name the backend in use and every candidate tried')
    .action(async (options) => (await import('./info.js')).info(options));
  common(info).addHelpText('after', examples('kindred info', 'KINDRED_BACKEND=wasm kindred info --json'));

  const similar = program
    .command('similar')
    .description('what is most like one item, user, word or row, itself left out')
    .argument('<file>', 'interactions or vectors')
    .argument('<id>', 'the item (with --users: the user), or the name or number of a row')
    .addOption(countOption())
    .option('--users', 'users alike instead of items alike')
    .addOption(shrinkageOption())
    .action(async (file, id, options) => (await import('./similar.js')).similar(file, id, options));
  common(vectorOptions(interactionOptions(similar))).addHelpText(
    'after',
    FILES +
      examples(
        'kindred similar debian/interactions.csv.gz libsdl2-2.0-0 --shrinkage 10',
        'kindred similar debian/interactions.csv.gz gimp --users -k 5',
        'kindred similar glove-4k/vectors.npy music --ids glove-4k/words.txt',
      ),
  );

  const recommend = program
    .command('recommend')
    .description('items for a user, or for a profile that the data does not know')
    .argument('<file>', 'interactions')
    .argument('[user]', 'a user in the file')
    .addOption(new Option('--profile <items>', 'items of someone never seen, separated by commas').argParser(list))
    .addOption(countOption())
    .option('--explain', 'say what each score is made of')
    .option('--include-seen', 'also items that the user already has')
    .addOption(
      new Option('--model <name>', 'items like those one has, or what similar users have')
        .choices(['item', 'user'])
        .default('item'),
    )
    .addOption(
      new Option('--neighbors <number>', 'nearest neighbours that the model keeps').argParser(count).default(50),
    )
    .addOption(shrinkageOption())
    .action(async (file, user, options) => (await import('./recommend.js')).recommend(file, user, options));
  common(interactionOptions(recommend)).addHelpText(
    'after',
    FILES +
      examples(
        'kindred recommend debian/interactions.csv.gz gimp',
        'kindred recommend debian/interactions.csv.gz --profile libgl1,zlib1g --explain',
        'kindred recommend stars.csv 42 --user-column who --value-column stars --json',
      ),
  );

  const search = program
    .command('search')
    .description('the rows nearest to each query')
    .argument('<file>', 'vectors')
    .argument('[query...]', 'names or numbers of rows of the file')
    .addOption(new Option('--vector <numbers>', 'a query as numbers, separated by commas').argParser(numbers))
    .option('--queries <file>', 'a file of queries, one a row')
    .addOption(countOption())
    .addOption(new Option('--min-score <number>', 'leave out rows scoring below this').argParser(finite))
    .action(async (file, queries, options) => (await import('./search.js')).search(file, queries, options));
  common(vectorOptions(search)).addHelpText(
    'after',
    FILES +
      examples(
        'kindred search glove-4k/vectors.npy paris music --ids glove-4k/words.txt',
        'kindred search embeddings.npy --queries questions.npy -k 3 --json',
        'kindred search points.f32 --dim 2 --vector 0.1,-0.2 --metric euclidean',
      ),
  );

  return program;
}

function common(command: Command): Command {
  return command
    .option('--json', 'print JSON')
    .option('--backend <name>', 'native, native/LEVEL, wasm, wasm/LEVEL or reference (as KINDRED_BACKEND)')
    .hook('preAction', () => {
      // The library reads it when it is first used, which is after this.
      const { backend } = command.opts();
      if (backend !== undefined) process.env.KINDRED_BACKEND = backend;
    });
}

function interactionOptions(command: Command): Command {
  return command
    .option('--user-column <name>', 'column of the user (default: a column named so, else the first)')
    .option('--item-column <name>', 'column of the item (default: a column named so, else the second)')
    .option('--value-column <name>', 'column of a value or rating (default: one named so, else none)')
    .option('--delimiter <text>', 'what separates columns (default: a comma, in .tsv a tab)')
    .option('--no-header', 'the first line is data; name columns by number, from 1');
}

function vectorOptions(command: Command): Command {
  return command
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

function countOption(): Option {
  return new Option('-k <number>', 'answers at most').argParser(count).default(10);
}

function shrinkageOption(): Option {
  return new Option('--shrinkage <number>', 'how far to distrust similarities that rest on little')
    .argParser(notNegative)
    .default(0);
}

function count(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 2 ** 31 - 1)
    throw new InvalidArgumentError('Expected a positive integer.');
  return value;
}

function finite(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Expected a finite number.');
  return value;
}

function notNegative(text: string): number {
  const value = finite(text);
  if (value < 0) throw new InvalidArgumentError('Expected a number >= 0.');
  return value;
}

function numbers(text: string): number[] {
  return text.split(',').map((each, n) => {
    try {
      return finite(each);
    } catch {
      throw new InvalidArgumentError(`Expected finite numbers separated by commas; number ${n + 1} is "${each}".`);
    }
  });
}

function list(text: string): string[] {
  const items = text.split(',').filter((item) => item !== '');
  if (items.length === 0) throw new InvalidArgumentError('Expected items separated by commas.');
  return items;
}

function examples(...lines: string[]): string {
  return `\nExamples, in examples/data of the repository:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}

/** Commander's complaint without its prefix, and its suggestion on the same line. */
function oneLineOf(text: string): string {
  return printable(
    text
      .replace(/^error: /, '')
      .trim()
      .replaceAll(/\s*\n\s*/g, ' '),
  );
}

function packageVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return JSON.parse(manifest).version;
}
