/** What evaluate and compare share: every model is trained on the same half, and judged on the other. */
import { saveText } from '../../files/disk.js';
import { KindredError } from '../../index.js';
import { loadPackage } from '../../optional-package.js';
import {
  type AnyModel,
  byUser,
  type EvaluateOptions,
  type EvaluationMetric,
  type EvaluationReport,
  evaluateAsync,
  formatTable,
  holdout,
  type Interactions,
  leaveLastOut,
  type Relevance,
  type Split,
  temporal,
  toHtml,
} from '../../recommend/index.js';
import { type Fusion, fitSpec, readSpec } from '../input/model-spec.js';
import { requireOneStdin } from '../input/source.js';
import { refuseOptions } from '../input/unused-options.js';
import {
  describeReading,
  grouped,
  type InteractionFileOptions,
  type ReadInteractions,
  readInteractions,
} from '../interactions/read-interactions.js';
import { requireWritable } from '../output/output-file.js';
import type { ProgressLine } from '../output/progress-line.js';
import { isSaved, loadNamed } from './get-model.js';

export type SplitKind = 'temporal' | 'leave-last-out' | 'random' | 'by-user';

export interface JudgeOptions extends InteractionFileOptions {
  readonly model?: readonly string[];
  readonly fusion?: Fusion;
  readonly test?: string;
  readonly split?: SplitKind;
  readonly ratio?: number;
  readonly at?: number;
  readonly seed?: number;
  readonly k: readonly number[];
  readonly metrics?: readonly EvaluationMetric[];
  readonly relevantFrom?: number;
  readonly relevance?: Relevance;
  readonly intervals: boolean;
  readonly html?: string;
  readonly json?: boolean;
}

export interface Judged {
  readonly reports: readonly EvaluationReport[];
  /** What was read and how it was split, a sentence a line. */
  readonly setting: readonly string[];
  /** The same for programs. */
  readonly data: object;
}

/** What evaluate and compare take if no model is named: a good one, and the least that it must beat. */
const USUAL_MODELS = ['item-knn', 'popularity'];

/** Why users are left out, in words. */
const SKIPPED: Readonly<Record<string, string>> = {
  noTestItems: 'without test items',
  nothingRelevant: 'with nothing relevant to find',
  allSeen: 'with nothing to find that is not in the training data already',
  unknown: 'unknown to the model',
  noHistory: 'without history',
  noCandidates: 'without candidates',
};

type Halves = Split & { readonly foldIn?: Interactions; readonly at?: number };

/** @param files one of interactions, or models that are trained already. */
export async function judge(files: readonly string[], options: JudgeOptions, progress: ProgressLine): Promise<Judged> {
  if (options.html !== undefined) {
    await requireWritable(options.html, '--html');
    // What is missing is said before minutes of work.
    await loadPackage('echarts', 'An HTML report');
  }
  if (options.relevance !== undefined && options.metrics && !options.metrics.includes('ndcg')) {
    throw new KindredError(
      'INVALID_ARGUMENT',
      `--relevance is about ndcg, which --metrics ${options.metrics} leaves out`,
    );
  }
  requireOneStdin(...files, options.test);
  const trained = files.filter((file) => isSaved(file, options.format));
  if (trained.length === files.length) return judgeTrained(files, options, progress);
  if (files.length === 1) return judgeTraining(files[0], options, progress);
  throw new KindredError(
    'INVALID_ARGUMENT',
    `expected one file of interactions, or several of models (.kindred) with --test FILE; given ${files.join(', ')}`,
  );
}

/** Every model and measurement in one table, and what to know before believing it. */
export function sideBySide(reports: readonly EvaluationReport[]): string {
  const metrics = reports[0].measurements.map(({ metric, k }) => (k === undefined ? metric : `${metric}@${k}`));
  const said = new Set(reports.flatMap(({ warnings }) => warnings.map((warning) => `! ${warning}`)));
  const skipped = Object.entries(reports[0].skipped).filter(([, users]) => users > 0);
  if (skipped.length > 0) {
    const reasons = skipped.map(([why, users]) => `${grouped(users)} ${SKIPPED[why] ?? why}`);
    said.add(`Users left out: ${reasons.join(', ')}.`);
  }
  return [formatTable(reports, { rows: 'metrics', metrics }), ...said].join('\n').trimEnd();
}

/** Writes the page, if one is asked for. */
export async function writeHtml({ reports }: Judged, { html }: JudgeOptions): Promise<void> {
  if (html !== undefined) await saveText(html, [await toHtml(reports)]);
}

async function judgeTraining(file: string, options: JudgeOptions, progress: ProgressLine): Promise<Judged> {
  const specs = (options.model ?? USUAL_MODELS).map((text) => {
    // --fusion is about the mixtures among several models.
    return readSpec(text, /\+\D/.test(text) ? options.fusion : undefined);
  });
  if (options.fusion && specs.every(({ members }) => members.length === 1)) {
    throw new KindredError('INVALID_ARGUMENT', '--fusion is for mixtures such as --model item-knn+ease; none is given');
  }
  const usesTimes = specs.some((spec) => spec.usesTimes);
  const times = usesTimes || (options.test === undefined && !['random', 'by-user'].includes(options.split ?? ''));
  const { interactions, columns } = await readInteractions(file, options, progress, { times });
  const { halves, kind } =
    options.test === undefined
      ? split(interactions, options)
      : { halves: await given(interactions, options.test, options, progress), kind: undefined };
  const { train, test, foldIn, at, counts } = halves;
  const reports: EvaluationReport[] = [];
  for (const spec of specs) {
    const model = await fitSpec(spec, train, progress);
    reports.push(await judgeOne(model, spec.text, test, foldIn, options, progress));
  }
  const how =
    kind === undefined ? `test: ${options.test}` : `split: ${kind}${at === undefined ? '' : ` at ${showTime(at)}`}`;
  const sizes = `${grouped(train.size)} interactions to learn from, ${grouped(test.size)} to find`;
  return {
    reports,
    setting: [describeReading(interactions.report), `${how}, ${sizes}`],
    data: {
      file,
      columns,
      report: interactions.report,
      split: { kind: kind ?? 'given', ...(at !== undefined && { at }), ...counts },
    },
  };
}

async function judgeTrained(files: readonly string[], options: JudgeOptions, progress: ProgressLine): Promise<Judged> {
  for (const option of ['split', 'ratio', 'at', 'seed'] as const) {
    if (options[option] !== undefined) throw notForModels(files[0], option);
  }
  if (options.test === undefined) {
    throw new KindredError(
      'INVALID_ARGUMENT',
      `${files[0]} holds a trained model; add --test FILE with interactions that it has not learned from`,
    );
  }
  refuseOptions(
    options,
    ['model', 'fusion'],
    (option) => `${files[0]} holds a trained model; ${option} is for interactions`,
  );
  const { interactions: test, columns } = await readTest(options.test, options, progress);
  const names = files.map((file, n) => {
    if (files.indexOf(file) === n) return file;
    throw new KindredError('INVALID_ARGUMENT', `${file} is given twice`);
  });
  const reports: EvaluationReport[] = [];
  for (const name of names) {
    const { model } = await loadNamed(name, progress);
    reports.push(await judgeOne(model, name, test, undefined, options, progress));
  }
  const setting = `test: ${options.test}, ${grouped(test.size)} interactions to find`;
  return { reports, setting: [describeReading(test.report), setting], data: { files, test: options.test, columns } };
}

/** What --format says is about the file that is not the test. */
async function readTest(path: string, options: JudgeOptions, progress: ProgressLine): Promise<ReadInteractions> {
  const { format, ...others } = options;
  return readInteractions(path, others, progress);
}

async function judgeOne(
  model: AnyModel,
  name: string,
  test: Interactions,
  foldIn: Interactions | undefined,
  options: JudgeOptions,
  progress: ProgressLine,
): Promise<EvaluationReport> {
  const { k, metrics, relevantFrom: minValue, relevance, intervals } = options;
  const settings: EvaluateOptions = {
    name,
    k,
    ...(metrics && { metrics }),
    ...(minValue !== undefined && { minValue }),
    ...(relevance && { relevance }),
    ...(foldIn && { foldIn }),
    ...(!intervals && { bootstrap: false }),
    onProgress: ({ phase, done, total }) => progress.step(`evaluating ${name}: ${phase}`, done, total),
  };
  return evaluateAsync(model, test, settings);
}

function split(interactions: Interactions, options: JudgeOptions): { halves: Halves; kind: SplitKind } {
  const { times } = interactions;
  const allTimed = times !== undefined && !times.some(Number.isNaN);
  const { ratio, at, seed, split: kind = allTimed || at !== undefined ? 'temporal' : 'random' } = options;
  if (at !== undefined && kind !== 'temporal') throw notForSplit('at', kind);
  if (ratio !== undefined && kind === 'leave-last-out') throw notForSplit('ratio', kind);
  if (seed !== undefined && kind !== 'random' && kind !== 'by-user') throw notForSplit('seed', kind);
  if (at !== undefined && times !== undefined) requireSameUnit(at, times);
  const splitters: Record<SplitKind, () => Halves> = {
    temporal: () => temporal({ at, ratio })(interactions),
    'leave-last-out': () => leaveLastOut()(interactions),
    random: () => holdout({ ratio, seed })(interactions),
    'by-user': () => byUser({ ratio, seed })(interactions),
  };
  return { halves: splitters[kind](), kind };
}

/** The halves as they are given, in two files. */
async function given(
  train: Interactions,
  path: string,
  options: JudgeOptions,
  progress: ProgressLine,
): Promise<Pick<Halves, 'train' | 'test' | 'foldIn' | 'at'> & { readonly counts: object }> {
  for (const option of ['split', 'ratio', 'at', 'seed'] as const) {
    if (options[option] === undefined) continue;
    throw new KindredError('INVALID_ARGUMENT', `--${option} is for splits; the test is given by --test ${path}`);
  }
  // What has few interactions in the test is no reason to leave it out there.
  const { kCore, ...others } = options;
  const { interactions: test } = await readTest(path, others, progress);
  return { train, test, counts: { train: train.size, test: test.size } };
}

/** Milliseconds since 1970 have twelve digits and more from 1973 on; seconds have ten. */
const MILLISECONDS_FROM = 1e11;

/** A date is in milliseconds, and numbers of a file are what they are. */
function requireSameUnit(at: number, times: Float64Array): void {
  let latest = 0;
  for (const time of times) if (time > latest) latest = time;
  if (at < MILLISECONDS_FROM || latest === 0 || latest >= MILLISECONDS_FROM) return;
  const found = `the times are numbers up to ${latest}, in another unit than ${showTime(at)}`;
  throw new KindredError(
    'INVALID_ARGUMENT',
    `--at: ${found}; add --time-format seconds, or give a number of that unit`,
  );
}

/** With the date that it is most likely to be: times have the unit of the file. */
function showTime(time: number): string {
  const unit = time >= 1e11 && time < 1e14 ? 1 : time >= 1e8 && time < 1e11 ? 1000 : undefined;
  return unit === undefined ? String(time) : `${time} (${new Date(time * unit).toISOString().replace('.000', '')})`;
}

function notForSplit(option: string, kind: SplitKind): KindredError {
  return new KindredError('INVALID_ARGUMENT', `--${option} has no meaning for --split ${kind}`);
}

function notForModels(file: string, option: string): KindredError {
  return new KindredError('INVALID_ARGUMENT', `${file} holds a trained model; --${option} is for interactions`);
}
