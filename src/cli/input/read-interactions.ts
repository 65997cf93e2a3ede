/** Opens files of interactions: finds the columns, reads, filters, and says what was left out. */
import { KindredError } from '../../index.js';
import {
  type Duplicates,
  Interactions,
  type InteractionsOptions,
  type InteractionsReport,
  type TimeFormat,
} from '../../recommend/index.js';
import type { ProgressLine } from '../output/progress-line.js';
import {
  type ColumnOptions,
  columnsByName,
  columnsByNumber,
  csvHeader,
  FIRST_LINE_BYTES_MAX,
  jsonlFields,
  parquetColumns,
} from './columns.js';
import { chunksOf, holdsInteractions, inFile, kindOf, readBytes } from './read-bytes.js';

export interface InteractionFileOptions extends ColumnOptions {
  readonly timeFormat?: TimeFormat;
  readonly skipBadRows?: boolean;
  readonly duplicates?: Duplicates;
  readonly minValue?: number;
  readonly implicit?: boolean;
  readonly kCore?: number;
}

const DELIMITERS = { csv: ',', tsv: '\t', dat: '::' };

/** Bad rows that are shown, of the twenty that a report keeps. */
const EXAMPLES_SHOWN = 5;

/**
 * @param times whether they are wanted: else only a column that is named is read, so that times nobody needs cannot
 * be bad.
 * @throws KindredError for a file that cannot be read, and where no interaction is left.
 */
export async function readInteractions(
  path: string,
  options: InteractionFileOptions,
  progress: ProgressLine,
  { times = false }: { readonly times?: boolean } = {},
): Promise<Interactions> {
  if (!holdsInteractions(path)) {
    const found = kindOf(path) === 'model' ? 'a saved model or index' : 'vectors';
    throw new KindredError(
      'INVALID_ARGUMENT',
      `${path} holds ${found}; interactions are expected (.csv, .tsv, .jsonl or .parquet)`,
    );
  }
  const columns = times || options.timeColumn !== undefined ? options : { ...options, timeColumn: false as const };
  const interactions = await inFile(path, () => hintAtSkipping(() => readAny(path, columns, progress)));
  const { report } = interactions;
  progress.show('preparing interactions ...');
  if (report.examples.length > 0) progress.note(badRowsOf(path, report));
  if (interactions.size > 0) return interactions;
  throw new KindredError('INVALID_ARGUMENT', `${path} has no interactions; ${describeReading(report)}`);
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

async function readAny(path: string, options: InteractionFileOptions, progress: ProgressLine): Promise<Interactions> {
  const keep: InteractionsOptions = {
    onBadRow: options.skipBadRows ? 'skip' : 'error',
    timeFormat: options.timeFormat,
    duplicates: options.duplicates,
    minValue: options.minValue,
    feedback: options.implicit ? 'implicit' : undefined,
    kCore: options.kCore,
  };
  const kind = kindOf(path);
  if (kind === 'csv' || kind === 'tsv' || kind === 'dat') {
    const delimiter = options.delimiter ?? DELIMITERS[kind];
    const { start, chunks } = await beginning(chunksOf(path, progress));
    const columns = options.header
      ? columnsByName(
          csvHeader(start, delimiter),
          `the header has % separated by ${JSON.stringify(delimiter)} (--delimiter sets what separates columns)`,
          options,
        )
      : columnsByNumber(options);
    return Interactions.fromCsv(chunks, { ...columns, ...keep, delimiter });
  }
  if (!options.header || options.delimiter !== undefined) {
    const option = options.header ? '--delimiter' : '--no-header';
    throw new KindredError('INVALID_ARGUMENT', `${option} is for text in columns, such as .csv`);
  }
  if (kind === 'jsonl') {
    const { start, chunks } = await beginning(chunksOf(path, progress));
    const columns = columnsByName(jsonlFields(start), 'the first object has %', options);
    return Interactions.fromJsonl<string, string>(chunks, { ...columns, ...keep, ids: 'text' });
  }
  const bytes = await readBytes(path, progress);
  const columns = columnsByName(await parquetColumns(bytes), 'the file has %', options);
  return Interactions.fromParquet<string, string>(bytes, { ...columns, ...keep, ids: 'text' });
}

/** The first bytes, as many as a first line may have, and everything again. */
async function beginning(
  chunks: AsyncGenerator<Uint8Array>,
): Promise<{ start: Uint8Array; chunks: AsyncIterable<Uint8Array> }> {
  const first: Uint8Array[] = [];
  for (let length = 0; length < FIRST_LINE_BYTES_MAX; ) {
    const next = await chunks.next();
    if (next.done) break;
    first.push(next.value);
    length += next.value.length;
  }
  async function* all() {
    yield* first;
    yield* chunks;
  }
  return { start: Buffer.concat(first), chunks: all() };
}

/** Who meets the first bad row may want to go on without it. */
async function hintAtSkipping<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof KindredError) || !/^(Line|Row) \d/.test(error.message)) throw error;
    throw new KindredError(error.code, `${error.message} (--skip-bad-rows leaves such rows out)`, { cause: error });
  }
}

function badRowsOf(path: string, { read, dropped, examples }: InteractionsReport): string {
  const reasons = ['columns', 'malformed', 'encoding', 'id', 'value', 'time'] as const;
  const bad = reasons.reduce((sum, reason) => sum + (dropped[reason] ?? 0), 0);
  const shown = examples.slice(0, EXAMPLES_SHOWN).map(({ message }) => `  ${message}`);
  if (bad > shown.length) shown.push(`  and ${grouped(bad - shown.length)} more`);
  return `${path}: ${grouped(bad)} of ${grouped(read)} rows cannot be read and are left out:\n${shown.join('\n')}`;
}
