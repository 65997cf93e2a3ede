/** Commands, arguments and options; what each does is loaded when it is called. */
import { Command, Option } from 'commander';
import { VERSION } from '../version.js';
import { MODELS } from './input/model-names.js';
import {
  common,
  countOption,
  evaluationOptions,
  finite,
  formatOption,
  fusionOption,
  INTERACTION_FILES,
  interactionOptions,
  list,
  MODEL_FILES,
  modelOption,
  neighborsOption,
  numbers,
  shrinkageOption,
  unitInterval,
  VECTOR_FILES,
  vectorOptions,
} from './input/options.js';
import { describeFailure, failureAsJson, usageOf } from './output/failure.js';
import { type Output, outputTo, type Surroundings } from './output/output.js';

/**
 * Runs the command once. Never rejects: a failure is told on stderr.
 * @param args what was typed after the name of the command.
 * @returns the exit code: 0 done, 2 for bad input, 1 for a failure of kindred's own.
 */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const output = outputTo(surroundings);
  try {
    await createProgram(args, surroundings, output).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    const isJson = asksForJson(args);
    const failure = describeFailure(error, !isJson);
    output.progress.fail();
    if (failure.message !== '') {
      surroundings.stderr.write(`${isJson ? failureAsJson(failure) : failure.message}\n`);
    }
    return failure.exitCode;
  }
}

/** Also where the options cannot be read. */
function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).includes('--json');
}

/** With the one command that was asked for; with all where none is recognised, since help and suggestions name them. */
function createProgram(args: readonly string[], surroundings: Surroundings, output: Output): Command {
  const { stdout, stderr, env } = surroundings;
  const isJson = asksForJson(args);
  const program = new Command('kindred')
    .description('Finds what is alike, exactly, and recommends: items, people, words and other vectors.')
    .version(VERSION, '-V, --version')
    .helpCommand(false)
    .showHelpAfterError(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => isJson || stderr.write(text),
      outputError: (text, write) => write(`kindred: ${usageOf(text)}\n`),
      getOutHelpWidth: () => (stdout.isTTY && stdout.columns) || 80,
      getErrHelpWidth: () => (stderr.isTTY && stderr.columns) || 80,
    })
    .hook('preAction', (_, command) => {
      // The library reads it when it is first used, which is after this.
      const { backend } = command.opts();
      if (backend !== undefined) env.KINDRED_BACKEND = backend;
    })
    .addHelpText(
      'after',
      `${examples(
        'kindred info',
        'kindred similar debian/interactions.csv.gz python3-numpy',
        'kindred recommend debian/interactions.csv.gz --profile python3-pil --explain',
        'kindred train debian/interactions.csv.gz --model ease --output packages.kindred',
        'kindred compare debian/interactions.csv.gz --model ease --model item-knn:weighting=tfidf',
        'kindred search glove-4k/vectors.npy paris --ids glove-4k/words.txt',
      )}

COMMAND --help tells the options. Exit codes: 0 done, 2 bad input, 1 failure; a signal ends it at once.`,
    );
  const asked = COMMANDS.get(args[0]);
  for (const add of asked ? [asked] : COMMANDS.values()) add(program, output, surroundings);
  return program;
}

const COMMANDS = new Map<string, (program: Command, output: Output, surroundings: Surroundings) => void>([
  ['info', addInfo],
  ['train', addTrain],
  ['evaluate', addEvaluate],
  ['compare', addCompare],
  ['recommend', addRecommend],
  ['similar', addSimilar],
  ['search', addSearch],
  ['serve', addServe],
]);

function addInfo(program: Command, output: Output): void {
  common(program.command('info'))
    .description('name the backend in use and every candidate tried')
    .action(async (options) => (await import('./commands/info.js')).info(options, output))
    .addHelpText('after', examples('kindred info', 'KINDRED_BACKEND=wasm kindred info --json'));
}

function addTrain(program: Command, output: Output): void {
  const train = common(program.command('train'))
    .description('learn a model from interactions and write it to a file')
    .argument('<file>', 'interactions')
    .requiredOption('-o, --output <file>', 'the model file to write, .kindred')
    .addOption(modelOption('the model to train').default('item-knn'))
    .addOption(fusionOption())
    .addOption(formatOption())
    .action(async (file, options) => (await import('./commands/train.js')).train(file, options, output));
  interactionOptions(train).addHelpText(
    'after',
    MODELS +
      INTERACTION_FILES +
      examples(
        'kindred train debian/interactions.csv.gz --output packages.kindred',
        'kindred train debian/interactions.csv.gz --model item-knn:weighting=tfidf+ease:l2=300 -o packages.kindred',
        'kindred train ratings.csv --min-value 4 --k-core 5 --skip-bad-rows --model als:factors=32 -o films.kindred',
      ),
  );
}

function addEvaluate(program: Command, output: Output): void {
  const evaluate = common(program.command('evaluate'))
    .description('measure how well models find what people did next, with intervals')
    .argument('<files...>', 'interactions, to be split; or models, with --test')
    .addOption(formatOption())
    .action(async (files, options) => (await import('./commands/evaluate.js')).evaluate(files, options, output));
  interactionOptions(evaluationOptions(evaluate)).addHelpText(
    'after',
    `\nWithout --model: item-knn, and popularity, which a model must beat.\n${MODELS}${INTERACTION_FILES}` +
      examples(
        'kindred evaluate debian/interactions.csv.gz',
        'kindred evaluate debian/interactions.csv.gz --model ease --model als:l2=30 -k 10,50 --html report.html',
        'kindred evaluate ratings.csv --split temporal --relevant-from 4',
        'kindred evaluate films.kindred --test later.csv --json',
      ),
  );
}

function addCompare(program: Command, output: Output): void {
  const compare = common(program.command('compare'))
    .description('tell whether one model is better than others, or whether it is chance')
    .argument('<files...>', 'interactions, to be split; or models, with --test')
    .addOption(formatOption())
    .action(async (files, options) => (await import('./commands/compare.js')).compare(files, options, output));
  interactionOptions(evaluationOptions(compare)).addHelpText(
    'after',
    `\nThe first model is compared with each of the others. Without --model: item-knn with popularity.\n${MODELS}${INTERACTION_FILES}` +
      examples(
        'kindred compare debian/interactions.csv.gz --model ease --model item-knn',
        'kindred compare old.kindred new.kindred --test later.csv',
      ),
  );
}

function addRecommend(program: Command, output: Output): void {
  const recommend = common(program.command('recommend'))
    .description('items for a user, for a profile that the data does not know, or for everybody')
    .argument('<file>', 'a model, or interactions to learn one from')
    .argument('[user]', 'a user in the file')
    .addOption(new Option('--profile <items>', 'items of someone never seen, separated by commas').argParser(list))
    .option('--all', 'a table of what every user gets: CSV, or with --json a line of JSON for each')
    .option('-o, --output <file>', 'where --all goes, .csv or .jsonl (default: printed)')
    .option('--safe-csv', 'with --all: an apostrophe before ids that spreadsheets take for formulas')
    .addOption(formatOption())
    .addOption(countOption())
    .option('--explain', 'say what each score is made of')
    .option('--include-seen', 'also items that the user already has')
    .addOption(new Option('--exclude <items>', 'leave these out, separated by commas').argParser(list))
    .addOption(
      new Option('--fallback <how>', 'what fills a short list (default: popular)').choices(['popular', 'none']),
    )
    .addOption(new Option('--min-score <number>', 'leave out what scores below this').argParser(finite))
    .addOption(
      new Option('--diverse [lambda]', 're-rank so that items differ: 0 much to 1 not at all (default: 0.5)').argParser(
        unitInterval,
      ),
    )
    .addOption(modelOption('the model to learn from interactions (default: item-knn)'))
    .addOption(fusionOption())
    .addOption(neighborsOption())
    .addOption(shrinkageOption())
    .action(async (file, user, options) =>
      (await import('./commands/recommend.js')).recommend(file, user, options, output),
    );
  interactionOptions(recommend).addHelpText(
    'after',
    MODELS +
      MODEL_FILES +
      INTERACTION_FILES +
      examples(
        'kindred recommend debian/interactions.csv.gz gimp',
        'kindred recommend debian/interactions.csv.gz --profile libgl1,zlib1g --explain',
        'kindred recommend stars.csv 42 --user-column who --value-column stars --json',
        'kindred recommend packages.kindred --all -k 20 --output everybody.csv',
      ),
  );
}

function addSimilar(program: Command, output: Output): void {
  const similar = common(program.command('similar'))
    .description('what is most like one item, user, word or row, itself left out')
    .argument('<file>', 'a model, interactions to learn one from, or vectors')
    .argument('<id>', 'the item (with --users: the user), or the name or number of a row')
    .addOption(countOption())
    .option('--users', 'users alike instead of items alike')
    .addOption(formatOption())
    .addOption(modelOption('the model to learn from interactions (default: item-knn)'))
    .addOption(fusionOption())
    .addOption(shrinkageOption())
    .action(async (file, id, options) => (await import('./commands/similar.js')).similar(file, id, options, output));
  vectorOptions(interactionOptions(similar)).addHelpText(
    'after',
    MODELS +
      MODEL_FILES +
      INTERACTION_FILES +
      VECTOR_FILES +
      examples(
        'kindred similar debian/interactions.csv.gz libsdl2-2.0-0 --shrinkage 10',
        'kindred similar debian/interactions.csv.gz gimp --users -k 5',
        'kindred similar glove-4k/vectors.npy music --ids glove-4k/words.txt',
      ),
  );
}

function addSearch(program: Command, output: Output): void {
  const search = common(program.command('search'))
    .description('the rows nearest to each query')
    .argument('<file>', 'vectors')
    .argument('[query...]', 'names or numbers of rows of the file')
    .addOption(new Option('--vector <numbers>', 'a query as numbers, separated by commas').argParser(numbers))
    .option('--queries <file>', 'a file of queries, one a row')
    .addOption(formatOption())
    .addOption(countOption())
    .addOption(new Option('--min-score <number>', 'leave out rows scoring below this').argParser(finite))
    .addOption(new Option('--max-distance <number>', 'leave out rows farther than this (euclidean)').argParser(finite))
    .action(async (file, queries, options) =>
      (await import('./commands/search.js')).search(file, queries, options, output),
    );
  vectorOptions(search).addHelpText(
    'after',
    VECTOR_FILES +
      examples(
        'kindred search glove-4k/vectors.npy paris music --ids glove-4k/words.txt',
        'kindred search embeddings.npy --queries questions.npy -k 3 --json',
        'kindred search points.f32 --dim 2 --vector 0.1,-0.2 --metric euclidean',
      ),
  );
}

/** Its options are those of the other package, which reads them itself. */
function addServe(program: Command, _output: Output, surroundings: Surroundings): void {
  program
    .command('serve')
    .description('answer over HTTP, with the package kindred-server')
    .argument('[options...]', 'those of kindred-server')
    .helpOption(false)
    .allowUnknownOption()
    .action(async (options) => (await import('./commands/serve.js')).serve(options, surroundings));
}

function examples(...lines: string[]): string {
  return `\nExamples, in examples/data of the repository:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}
