/** The account of a reading: what came in, what was kept, what was dropped and why, so that nothing goes unnoticed. */
import { readChoice } from '../../arguments/choices.js';
import { type ErrorCode, KindredError } from '../../errors.js';

/**
 * What is wrong with a row. `columns`: their number; `malformed`: a stray or open quote, a NUL character, no JSON, no
 * object; `encoding`: not UTF-8; `id`, `value`, `time`: what stands there is none.
 */
export type BadRowReason = 'columns' | 'malformed' | 'encoding' | 'id' | 'value' | 'time';

/** `minValue` and `kCore` are filters that were asked for; `forgotten` is what `forget` took out. */
export type DropReason = BadRowReason | 'minValue' | 'kCore' | 'forgotten';

/** `error`: the first bad row ends the reading. `skip`: it is left out, counted and reported. */
export type OnBadRow = 'error' | 'skip';

export interface BadRow {
  /**
   * The line of the file on which the row begins, from 1; for records in memory and rows of Parquet their number, from
   * 0.
   */
  readonly line: number;
  readonly reason: BadRowReason;
  /** Names the line, what was found and what was expected. */
  readonly message: string;
}

/** `read` = `kept` + `merged` + all of `dropped`. */
export interface InteractionsReport {
  /** How many rows or records came in; headers and blank lines do not count. */
  readonly read: number;
  /** How many interactions are held: `size`. */
  readonly kept: number;
  /** How many records went into another one for the same user and item. */
  readonly merged: number;
  /** How many were left out, by reason; a reason that never applied is absent. */
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
  /** The first bad rows, at most 20. */
  readonly examples: readonly BadRow[];
}

const EXAMPLES_MAX = 20;

const CODES: Record<BadRowReason, ErrorCode> = {
  columns: 'CORRUPT_FILE',
  malformed: 'CORRUPT_FILE',
  encoding: 'CORRUPT_FILE',
  id: 'INVALID_ARGUMENT',
  value: 'NOT_FINITE',
  time: 'NOT_FINITE',
};

/** Counts while reading. */
export class ReadingLog {
  read = 0;
  readonly #skip: boolean;
  readonly #dropped: Partial<Record<BadRowReason, number>> = {};
  readonly #examples: BadRow[] = [];

  /** @throws KindredError INVALID_ARGUMENT */
  constructor(onBadRow: OnBadRow = 'error') {
    readChoice(onBadRow, 'onBadRow', ['error', 'skip']);
    this.#skip = onBadRow === 'skip';
  }

  /**
   * A row that cannot be used, which `read` has counted; always false.
   * @throws KindredError unless bad rows are skipped
   */
  bad(line: number, reason: BadRowReason, message: () => string, code = CODES[reason]): false {
    if (!this.#skip) throw new KindredError(code, message());
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + 1;
    if (this.#examples.length < EXAMPLES_MAX) this.#examples.push({ line, reason, message: message() });
    return false;
  }

  /** What is neither dropped nor kept has been merged. */
  report(kept: number): InteractionsReport {
    return this.reportOnTop(reportOf(0), kept);
  }

  /** The same for records that came on top of others. */
  reportOnTop(before: InteractionsReport, kept: number): InteractionsReport {
    const read = before.read + this.read;
    const dropped: Partial<Record<DropReason, number>> = { ...before.dropped };
    for (const [reason, count] of Object.entries(this.#dropped) as [BadRowReason, number][]) {
      dropped[reason] = (dropped[reason] ?? 0) + count;
    }
    const examples = [...before.examples, ...this.#examples].slice(0, EXAMPLES_MAX);
    return { read, kept, merged: read - kept - totalOf(dropped), dropped, examples };
  }
}

/** The account of interactions that are held as they came. */
export function reportOf(size: number): InteractionsReport {
  return { read: size, kept: size, merged: 0, dropped: {}, examples: [] };
}

/** The account after a step that leaves `kept` interactions. */
export function withDropped(report: InteractionsReport, kept: number, reason: DropReason): InteractionsReport {
  const lost = report.kept - kept;
  if (lost === 0) return report;
  return { ...report, kept, dropped: { ...report.dropped, [reason]: (report.dropped[reason] ?? 0) + lost } };
}

function totalOf(dropped: Readonly<Partial<Record<DropReason, number>>>): number {
  return Object.values(dropped).reduce((sum, count) => sum + count, 0);
}
