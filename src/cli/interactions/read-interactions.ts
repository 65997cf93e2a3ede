/** Opens files of interactions: finds the columns and says which, reads, filters, and says what was left out. */
import { KindredError } from '../../index.js';
import { parquetColumns } from '../../recommend/data/readers/parquet/read-parquet.js';
import {
  type Duplicates,
  Interactions,
  type InteractionsOptions,
  type InteractionsReport,
  type TextEncoding,
  type TimeFormat,
} from '../../recommend/index.js';
import { contentOf, type FileKind, type Format, holdsInteractions, kindByName, kindOf } from '../input/file-kinds.js';
import { inFile, nameOf, openSource, type Source } from '../input/source.js';
import { refuseOptions, TABLE_OPTIONS } from '../input/unused-options.js';
import type { ProgressLine } from '../output/progress-line.js';
import { beginningOf } from './beginning.js';
import { type Choice, type Columns, chooseByName, columnsAsData, describeColumns } from './columns.js';
import { jsonHead, watched } from './json-fields.js';
import { readTableHead, type TableOptions } from './table-head.js';
import type { Role } from './usual-names.js';

export interface InteractionFileOptions extends TableOptions {
  readonly format?: Format;
  readonly encoding?: TextEncoding;
  readonly decimal?: '.' | ',';
  readonly lineBreaks?: boolean;
  readonly timeFormat?: TimeFormat;
  readonly skipBadRows?: boolean;
  readonly duplicates?: Duplicates;
  readonly minValue?: number;
  readonly implicit?: boolean;
  readonly kCore?: number;
  /** The columns are part of the answer, not told on stderr. */
  readonly json?: boolean;
}

export interface ReadInteractions {
  readonly interactions: Interactions;
  /** Which columns were read, for programs. */
  readonly columns: Record<Role, string | number | null>;
}

/** What may separate columns. */
const DELIMITERS: Readonly<Partial<Record<FileKind, readonly string[]>>> = {
  csv: [','],
  tsv: ['\t'],
  dat: ['::', '\t'],
  table: [',', '\t', ';', '::', '|'],
};
export const TEXT_DELIMITERS = DELIMITERS.table as readonly string[];

/** Bad rows that are shown, of the twenty that a report keeps. */
const EXAMPLES_SHOWN = 5;

/**
 * @param times whether they are wanted: else only a column that is named is read, so that times nobody needs cannot
 * be bad.
 * @param opened the file, if it is open.
 * @throws KindredError for a file that cannot be read, and where no interaction is left.
 */
export async function readInteractions(
  path: string,
  options: InteractionFileOptions,
  progress: ProgressLine,
  { times = false, opened }: { readonly times?: boolean; readonly opened?: Source | undefined } = {},
): Promise<ReadInteractions> {
  const named = kindByName(path, options.format);
  if (named !== undefined && named !== 'text') requireInteractions(path, named);
  const source = opened ?? (await openSource(path, progress));
  const wantsTimes = times || options.timeColumn !== undefined || options.duplicates === 'latest';
  const { interactions, columns, note } = await inFile(path, () =>
    withAdvice(() => readAny(source, options, wantsTimes)),
  );
  const { report } = interactions;
  if (!options.json) progress.hold(`${nameOf(path)}: ${describeColumns(columns, times)}`);
  if (note !== undefined) progress.hold(`${nameOf(path)}: ${note}`);
  progress.show('preparing interactions ...');
  if (report.examples.length > 0) progress.note(badRowsOf(nameOf(path), report));
  if (interactions.size > 0) return { interactions, columns: columnsAsData(columns) };
  throw new KindredError('INVALID_ARGUMENT', `${nameOf(path)} has no interactions; ${describeReading(report)}`);
}

/** Such as `read 1,003 rows: 990 kept, 10 merged, 3 left out (2 value, 1 columns)`. */
export function describeReading({ read, kept, merged, dropped }: InteractionsReport): string {
  const reasons = Object.entries(dropped);
  const lost = reasons.reduce((sum, [, number]) => sum + number, 0);
  const parts = [
    `${grouped(kept)} kept`,
    merged > 0 && `${grouped(merged)} merged`,
    lost > 0 && `${grouped(lost)} left out (${reasons.map(([reason, n]) => `${grouped(n)} ${reason}`).join(', ')})`,
  ];
  return `read ${grouped(read)} rows: ${parts.filter(Boolean).join(', ')}`;
}

/** A count with its thousands set apart. */
export function grouped(number: number): string {
  return number.toLocaleString('en');
}

function requireInteractions(path: string, kind: FileKind): void {
  if (holdsInteractions(kind)) return;
  const expected = 'interactions are expected (.csv, .tsv, .jsonl or .parquet)';
  throw new KindredError('INVALID_ARGUMENT', `${nameOf(path)} holds ${contentOf(kind)}; ${expected}`);
}

type Read = { readonly interactions: Interactions; readonly columns: Columns; readonly note?: string | undefined };

async function readAny(source: Source, options: InteractionFileOptions, wantsTimes: boolean): Promise<Read> {
  const found = kindOf(source, options.format);
  const kind = found === 'text' ? 'table' : found;
  requireInteractions(source.path, kind);
  const keep: InteractionsOptions = {
    onBadRow: options.skipBadRows ? 'skip' : 'error',
    timeFormat: options.timeFormat,
    duplicates: options.duplicates,
    minValue: options.minValue,
    feedback: options.implicit ? 'implicit' : undefined,
    kCore: options.kCore,
  };
  const delimiters = DELIMITERS[kind];
  if (delimiters !== undefined) return readTable(source, delimiters, options, keep, wantsTimes);
  refuseOptions(options, TABLE_OPTIONS, (option) => `${option} is for text in columns, such as .csv`);
  if (kind === 'jsonl') return readJson(source, options, keep, wantsTimes);
  refuseOptions(options, ['encoding'], (option) => `${option} is for text, not for Parquet`);
  const parts = source.parts();
  if (parts !== undefined) await source.close();
  const bytes = parts ?? (await source.whole());
  const choice = chooseByName({ names: await parquetColumns(bytes) }, options, wantsTimes);
  requireUseful(choice.columns, options);
  const interactions = await Interactions.fromParquet<string, string>(bytes, {
    ...choice.columns,
    ...keep,
    ids: 'text',
  });
  return { interactions, ...choice };
}

async function readTable(
  source: Source,
  delimiters: readonly string[],
  options: InteractionFileOptions,
  keep: InteractionsOptions,
  wantsTimes: boolean,
): Promise<Read> {
  const { start, chunks } = await beginningOf(source.chunks(), options.encoding);
  const { delimiter, columns, note } = readTableHead(source.path, start, delimiters, options, wantsTimes);
  requireUseful(columns, options);
  const { quote, decimal, lineBreaks } = options;
  if (quote === false && lineBreaks) {
    throw new KindredError('INVALID_ARGUMENT', '--line-breaks is for fields in quotes, which --no-quote does without');
  }
  const how = { delimiter, quote, decimal, lineBreaks };
  return { interactions: await Interactions.fromCsv(chunks, { ...columns, ...keep, ...how }), columns, note };
}

async function readJson(
  source: Source,
  options: InteractionFileOptions,
  keep: InteractionsOptions,
  wantsTimes: boolean,
): Promise<Read> {
  const { start, chunks } = await beginningOf(source.chunks(), options.encoding);
  const choice: Choice<string> = chooseByName(jsonHead(start), options, wantsTimes);
  const { columns } = choice;
  requireUseful(columns, options);
  const looksForTimes = wantsTimes && options.timeColumn !== false && choice.note === undefined;
  const missing: Role[] = columns.value === undefined && options.valueColumn !== false ? ['value'] : [];
  if (columns.time === undefined && looksForTimes) missing.push('time');
  const all = watched(chunks, missing);
  const interactions = await Interactions.fromJsonl<string, string>(all, { ...columns, ...keep, ids: 'text' });
  return { interactions, ...choice };
}

/** @throws KindredError INVALID_ARGUMENT for an option about a column that is not read. */
function requireUseful({ value, time }: Columns, options: InteractionFileOptions): void {
  const idle =
    time === undefined && options.timeFormat !== undefined
      ? ['--time-format', 'times', '--time-column']
      : time === undefined && options.duplicates === 'latest'
        ? ['--duplicates latest', 'times', '--time-column']
        : value === undefined && options.duplicates !== 'sum' && options.minValue !== undefined
          ? ['--min-value', 'values', '--value-column']
          : value === undefined && options.duplicates === 'max'
            ? ['--duplicates max', 'values', '--value-column']
            : undefined;
  if (idle === undefined) return;
  const [option, what, column] = idle;
  throw new KindredError(
    'INVALID_ARGUMENT',
    `${option} needs ${what}, and no column of ${what} is read; add ${column}`,
  );
}

/** What the command can do about a complaint of the library's. */
const ADVICE: readonly (readonly [about: RegExp, advice: string])[] = [
  [/are not UTF-8|is a NUL character/, '--encoding windows-1252 or utf-16le reads text of that kind'],
  [/a quote (opens here and is never|stands inside)|after its closing quote/, '--no-quote takes quotes as they are'],
  [/the value is missing/, '--no-value-column takes every value as 1'],
  [/the value is "[+-]?\d+,\d+"/, '--decimal , reads decimal commas'],
];

/** Who meets the first bad row may want to go on without it, or to read it in another way. */
async function withAdvice<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof KindredError)) throw error;
    const { message } = error;
    const isRow = /^(Line|Row) \d/.test(message);
    const found = ADVICE.find(([about]) => about.test(message))?.[1];
    const advice = [found, isRow && '--skip-bad-rows leaves such rows out'].filter(Boolean).join('; ');
    if (advice === '') throw error;
    throw new KindredError(error.code, `${message} (${advice})`, { cause: error });
  }
}

function badRowsOf(path: string, { read, dropped, examples }: InteractionsReport): string {
  const reasons = ['columns', 'malformed', 'encoding', 'id', 'value', 'time'] as const;
  const bad = reasons.reduce((sum, reason) => sum + (dropped[reason] ?? 0), 0);
  const shown = examples.slice(0, EXAMPLES_SHOWN).map(({ message }) => `  ${message}`);
  if (bad > shown.length) shown.push(`  and ${grouped(bad - shown.length)} more`);
  return `${path}: ${grouped(bad)} of ${grouped(read)} rows cannot be read and are left out:\n${shown.join('\n')}`;
}
