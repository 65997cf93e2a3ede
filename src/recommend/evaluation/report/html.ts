/** Reports as one page of HTML that needs nothing else: no script, no font, no address. */
import { type OptionNames, readObject } from '../../../arguments/objects.js';
import { KindredError } from '../../../errors.js';
import type { Id } from '../../data/ids.js';
import type { EvaluationMetric } from '../options.js';
import { type Chart, type Charting, COLOURS, drawChart, legendSign, loadCharting } from './charts.js';
import type { Findings, Measurement } from './findings.js';
import {
  describeProtocol,
  describeSkipped,
  group,
  nameOf,
  namesOf,
  percent,
  showMeasurement,
  showNumber,
} from './wording.js';

export interface HtmlOptions {
  /** Default `Evaluation of` the models. */
  readonly title?: string | undefined;
  /** The module `echarts`, for where it cannot be loaded by name: bundles and browsers. */
  readonly echarts?: Charting | undefined;
}

const HTML_OPTIONS: OptionNames<HtmlOptions> = { title: true, echarts: true };

/**
 * A page about one or more models: a table of all of them, every metric by length of the list with its intervals,
 * popularity bias, segments, and under each chart its numbers as a table. Light or dark as the reader's system is.
 * @throws KindredError INVALID_ARGUMENT for no reports, or if `echarts` is not installed.
 * @example
 * const records = ['Ann', 'Ben', 'Cas'].flatMap((user) =>
 *   [...'abc'].map((item, time) => ({ user, item, time })),
 * );
 * const { train, test } = leaveLastOut()(Interactions.from([...records, { user: 'Dee', item: 'c', time: 0 }]));
 * const page = await toHtml([evaluate(Popularity.fit(train), test, { k: 1 })]);
 * page.startsWith('<!'); // true
 */
export async function toHtml<U extends Id>(
  reports: readonly Findings<U>[],
  options: HtmlOptions = {},
): Promise<string> {
  const asked = readObject(options, "{ title: 'Models' }", HTML_OPTIONS);
  if (reports.length === 0) throw new KindredError('INVALID_ARGUMENT', 'There are no reports to show.');
  const charting = asked.echarts ?? (await loadCharting());
  const title =
    asked.title ??
    `Evaluation of ${reports.length > 3 ? `${reports.length} models` : reports.map(({ name }) => name).join(', ')}`;
  const figures = [...metricCharts(reports), ...popularityCharts(reports), ...segmentCharts(reports)];
  let section = '';
  const body = figures.map((figure, n) => {
    const heading = figure.section === section ? '' : `<h2>${escaped(figure.section)}</h2>\n`;
    section = figure.section;
    return heading + figureOf(charting, figure, n);
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${about(reports)}
<h2>All metrics</h2>
${tableOf(overview(reports), 'Every model and metric')}
${body.join('\n')}
</main>
</body>
</html>
`;
}

interface Figure {
  readonly section: string;
  readonly title: string;
  readonly note: string;
  readonly chart: Chart;
}

/** One chart per metric that depends on the length of the list; lines where there are several lengths. */
function metricCharts<U extends Id>(reports: readonly Findings<U>[]): Figure[] {
  const [{ cutoffs }] = reports;
  const metrics = [...new Set(reports.flatMap(({ measurements }) => measurements.map(({ metric }) => metric)))];
  return metrics.flatMap((metric) => {
    const at = (report: Findings<U>, k: number) =>
      report.measurements.find((each) => each.metric === metric && each.k === k);
    const measured = reports.filter((report) => cutoffs.some((k) => at(report, k)));
    if (measured.length === 0) return [];
    const series = measured.map((report) =>
      seriesOf(
        report.name,
        cutoffs.map((k) => at(report, k)),
      ),
    );
    const chart: Chart = {
      kind: cutoffs.length > 1 ? 'line' : 'bar',
      across: 'length of the list, k',
      places: cutoffs.map(String),
      measure: `${metric}@k`,
      series,
    };
    return [{ section: 'By length of the list', title: titleOf(metric), note: intervalNote(reports), chart }];
  });
}

function popularityCharts<U extends Id>(reports: readonly Findings<U>[]): Figure[] {
  const known = reports.filter((report) => report.popularity().length > 0);
  if (known.length === 0) return [];
  const [{ primary }] = known;
  const shares = known.map((report) => ({
    name: report.name,
    values: report.popularity(primary).map(({ recommendedShare }) => recommendedShare),
  }));
  const trained = {
    name: 'training data',
    values: known[0].popularity(primary).map(({ trainShare }) => trainShare),
    isReference: true,
  };
  const chart: Chart = {
    kind: 'bar',
    across: 'tenths of the catalogue, the most popular first',
    places: known[0].popularity(primary).map(({ decile }) => String(decile)),
    measure: 'share',
    percent: true,
    series: [trained, ...shares],
  };
  const note = `Of all interactions in the training data, and of all recommendations in lists of ${primary}, how many fall on each tenth of the items.`;
  return [{ section: 'Popularity bias', title: 'Who gets recommended', note, chart }];
}

/** The first metric of each report, by segment. */
function segmentCharts<U extends Id>(reports: readonly Findings<U>[]): Figure[] {
  const labels = [...new Set(reports.flatMap(({ segments }) => segments.map(({ label }) => label)))];
  const shown = ['ndcg', 'recall', 'hitRate', 'rmse'].map((metric) =>
    reports[0].measurements.find(
      (each) => each.metric === metric && (each.k ?? reports[0].primary) === reports[0].primary,
    ),
  );
  if (labels.length < 2) return [];
  return shown.flatMap((wanted) => {
    if (!wanted) return [];
    const series = reports.map((report) => {
      const bySegment = labels.map((label) =>
        report.segments
          .find((segment) => segment.label === label)
          ?.measurements.find((each) => nameOf(each) === nameOf(wanted)),
      );
      return seriesOf(report.name, bySegment);
    });
    const places = labels.map((label) => {
      const users = reports[0].segments.find((segment) => segment.label === label)?.users ?? 0;
      return `${label.replace(/^history of /, '')} (${group(users)})`;
    });
    const byHistory = labels.some((label) => label.startsWith('history of '));
    const chart: Chart = {
      kind: 'bar',
      across: byHistory ? 'items in the history (users)' : 'segment (users)',
      places,
      measure: nameOf(wanted),
      series,
    };
    return [{ section: 'By segment', title: `${nameOf(wanted)} by segment`, note: intervalNote(reports), chart }];
  });
}

function seriesOf(name: string, measurements: readonly (Measurement | undefined)[]) {
  return {
    name,
    values: measurements.map((each) => each?.value ?? Number.NaN),
    intervals: measurements.map((each) =>
      each?.low === undefined || each.high === undefined ? undefined : ([each.low, each.high] as const),
    ),
  };
}

function figureOf(charting: Charting, { title, note, chart }: Figure, number: number): string {
  const show = chart.percent ? percent : showNumber;
  const rows = chart.places.map((place, n) => [
    place,
    ...chart.series.map(({ values, intervals }) => {
      const interval = intervals?.[n];
      const value = Number.isNaN(values[n]) ? '-' : show(values[n]);
      return interval ? `${value} [${show(interval[0])}, ${show(interval[1])}]` : value;
    }),
  ]);
  const table = [[chart.across, ...chart.series.map(({ name }) => name)], ...rows];
  const name = `chart-${number}`;
  return `<figure aria-labelledby="${name}">
<figcaption id="${name}"><strong>${escaped(title)}</strong> ${escaped(note)}</figcaption>
${legendOf(chart)}
${drawChart(charting, chart, number)}
<details><summary>The numbers of this chart</summary>
${tableOf(table, title)}
</details>
</figure>`;
}

/** Who was judged and how: once for all reports of which the same is to be said. */
function about<U extends Id>(reports: readonly Findings<U>[]): string {
  const namesBySaid = new Map<string, string[]>();
  for (const report of reports) {
    const warnings = report.warnings.map((warning) => `<li>${escaped(warning)}</li>`).join('');
    const people = `${group(report.users.length)} users (${describeSkipped(report.skipped)}).`;
    const said = `<p>${escaped(people)} ${escaped(describeProtocol(report))}</p>
${warnings && `<ul class="warnings">${warnings}</ul>`}`;
    namesBySaid.set(said, [...(namesBySaid.get(said) ?? []), report.name]);
  }
  const sections = [...namesBySaid].map(([said, names]) => {
    const heading = namesBySaid.size === 1 ? '' : `<h2>${escaped(names.join(', '))}</h2>\n`;
    return `<section>${heading}${said}</section>`;
  });
  return sections.join('\n');
}

function legendOf(chart: Chart): string {
  const entries = chart.series.map((series) => {
    const { sign, colour } = legendSign(chart, series);
    return `<li><span aria-hidden="true" style="color:${colour}">${sign}</span> ${escaped(series.name)}</li>`;
  });
  return `<ul class="legend">${entries.join('')}</ul>`;
}

function overview<U extends Id>(reports: readonly Findings<U>[]): string[][] {
  const names = [...new Set(reports.flatMap(namesOf))];
  return [
    ['metric', ...reports.map(({ name }) => name)],
    ...names.map((name) => [
      name,
      ...reports.map((report) => showMeasurement(report.measurements.find((each) => nameOf(each) === name))),
    ]),
  ];
}

function tableOf([head, ...rows]: readonly (readonly string[])[], caption: string): string {
  const headings = head.map((cell) => `<th scope="col">${escaped(cell)}</th>`).join('');
  const lines = rows.map(([first, ...cells]) => {
    return `<tr><th scope="row">${escaped(first)}</th>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
  });
  return `<div class="wide" tabindex="0" role="region" aria-label="${escaped(caption)}"><table><caption>${escaped(caption)}</caption>
<thead><tr>${headings}</tr></thead>
<tbody>
${lines.join('\n')}
</tbody></table></div>`;
}

function intervalNote<U extends Id>([{ protocol }]: readonly Findings<U>[]): string {
  return protocol.bootstrap
    ? `Bars show ${percent(protocol.bootstrap.level)} intervals over users, where there are any.`
    : '';
}

const TITLES: Partial<Record<EvaluationMetric, string>> = {
  cappedRecall: 'Capped recall',
  hitRate: 'Hit rate',
  ndcg: 'NDCG',
  map: 'MAP',
  mrr: 'MRR',
};

function titleOf(metric: EvaluationMetric): string {
  return TITLES[metric] ?? metric[0].toUpperCase() + metric.slice(1);
}

function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character]);
}

/**
 * Colours that people with any colour vision tell apart (Okabe and Ito), darker on light ground where they would be too
 * pale.
 */
const ON_LIGHT = ['#0072b2', '#d55e00', '#00795a', '#a8467c', '#8f6a00', '#2a7fae', '#444444', '#7a3fb0'];
const ON_DARK = ['#56b4e9', '#ff9d5c', '#2ec9a0', '#e59cc5', '#f0c94a', '#9ad4f5', '#c8c8c8', '#c39af0'];

function seriesColours(colours: readonly string[]): string {
  return Array.from({ length: COLOURS }, (_, n) => `--series-${n}:${colours[n]}`).join(';');
}

const STYLE = `
:root{color-scheme:light dark;--ground:#fff;--text:#1b1b1f;--rule:#c9c9d1;--soft:#f3f3f6;--warn:#8a3b00;--reference:#9a9aa3;${seriesColours(ON_LIGHT)}}
@media (prefers-color-scheme:dark){:root{--ground:#17171b;--text:#e9e9ee;--rule:#4a4a55;--soft:#222228;--warn:#ffb37a;--reference:#7d7d88;${seriesColours(ON_DARK)}}}
body{margin:0;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}
figure{margin:1.5rem 0}figcaption{margin-bottom:.5rem}
svg{width:100%;height:auto;max-width:48rem;display:block}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.9rem}
caption{text-align:left;padding:.25rem 0}
th,td{padding:.25rem .6rem;border-bottom:1px solid var(--rule);text-align:right;white-space:nowrap}
th:first-child{text-align:left}thead th{background:var(--soft)}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.1rem 1rem;padding:0;margin:0 0 .5rem;font-size:.9rem}
summary{cursor:pointer}.warnings{color:var(--warn)}
@media print{details>*{display:block}}
`;
