/** Reports as tables of text: for a terminal, or as Markdown. */
import { readChoice } from '../../../arguments/choices.js';
import { type OptionNames, readObject } from '../../../arguments/objects.js';
import type { Id } from '../../data/ids.js';
import type { Findings } from './findings.js';
import {
  describeProtocol,
  describeSkipped,
  group,
  nameOf,
  namesOf,
  percent,
  showMeasurement,
  showValue,
} from './wording.js';

export interface TableOptions {
  /** Plain columns for a terminal (default), or a Markdown table. */
  readonly style?: 'text' | 'markdown' | undefined;
  /** What a row is: one of the `models` (default), or one of the `metrics`, which is narrower for few models. */
  readonly rows?: 'models' | 'metrics' | undefined;
  /** Which measurements, by name such as `ndcg@10`. Default all at the first length asked for. */
  readonly metrics?: readonly string[] | undefined;
}

const TABLE_OPTIONS: OptionNames<TableOptions> = { style: true, rows: true, metrics: true };

/**
 * Several models side by side: each value and, where there is one, its interval.
 * @throws KindredError INVALID_ARGUMENT for a metric that was not measured.
 * @example
 * const records = ['Ann', 'Ben', 'Cas'].flatMap((user) => [...'abc'].map((item, time) => ({ user, item, time })));
 * const { train, test } = leaveLastOut()(Interactions.from([...records, { user: 'Dee', item: 'c', time: 0 }]));
 * const report = evaluate(Popularity.fit(train), test, { k: 1 });
 * console.log(formatTable([report], { style: 'markdown', metrics: ['recall@1'] }));
 */
export function formatTable<U extends Id>(reports: readonly Findings<U>[], options: TableOptions = {}): string {
  const { style = 'text', rows: rowsAre = 'models', metrics } = readObject(options, "{ style: 'text' }", TABLE_OPTIONS);
  readChoice(style, 'style', ['text', 'markdown']);
  readChoice(rowsAre, 'rows', ['models', 'metrics']);
  if (reports.length === 0) return '';
  const names = metrics ?? namesOf(reports[0]);
  const rows = reports.map((report) => [
    report.name,
    ...names.map((name) => showMeasurement(report.measurement(name))),
    group(report.users.length),
  ]);
  const byModel = [['model', ...names, 'users'], ...rows];
  const table = rowsAre === 'metrics' ? byModel[0].map((_, n) => byModel.map((row) => row[n])) : byModel;
  return style === 'markdown' ? markdown(table) : `${align(table)}\n`;
}

/** One report: a row per metric, a column per length, then segments, who was skipped, and warnings. */
export function formatReport<U extends Id>(report: Findings<U>): string {
  const { cutoffs, measurements, segments, protocol } = report;
  const byCutoff = measurements.filter(({ k }) => k !== undefined);
  const pooled = measurements.filter(({ k }) => k === undefined);
  const metrics = [...new Set(byCutoff.map(({ metric }) => metric))];
  const table = [
    ['', ...cutoffs.map((k) => `@${k}`)],
    ...metrics.map((metric) => [
      metric,
      ...cutoffs.map((k) => showMeasurement(byCutoff.find((each) => each.metric === metric && each.k === k))),
    ]),
  ];
  const parts = [`${report.name}: ${group(report.users.length)} users (${describeSkipped(report.skipped)})`];
  parts.push(describeProtocol(report));
  if (metrics.length > 0) parts.push('', align(table));
  if (pooled.length > 0) parts.push('', align(pooled.map((each) => [each.metric, showMeasurement(each)])));
  if (segments.length > 1) {
    const shown = segments[0].measurements.filter(({ k }) => k === undefined || k === report.primary);
    const values = segments.map(({ label, users, measurements }) => [
      label,
      group(users),
      ...shown.map(({ metric, k }) => showValue(measurements.find((each) => each.metric === metric && each.k === k))),
    ]);
    parts.push('', align([['', 'users', ...shown.map(nameOf)], ...values]));
  }
  const level = protocol.bootstrap?.level;
  if (level) parts.push('', `[low, high]: ${percent(level)} intervals over users, bootstrap.`);
  for (const warning of report.warnings) parts.push(`! ${warning}`);
  return `${parts.join('\n')}\n`;
}

/** Columns wide enough for their cells: the first to the left, the others to the right. */
export function align(table: readonly (readonly string[])[]): string {
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  const lines = table.map((row) =>
    row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]) : cell.padStart(widths[n]))).join('  '),
  );
  return lines.map((line) => line.trimEnd()).join('\n');
}

export function markdown([head, ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = head.map((_, n) => (n === 0 ? '---' : '---:'));
  return `${[line(head), line(rule), ...rows.map(line)].join('\n')}\n`;
}
