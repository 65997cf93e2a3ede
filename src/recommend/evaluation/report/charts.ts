/** Charts of reports as SVG, drawn by ECharts without a document. */
import { loadPackage } from '../../../optional-package.js';

/** The part of the package `echarts` that is used; the module itself, imported as a namespace, is one. */
export interface Charting {
  init(
    element: null,
    theme: null,
    options: { renderer: 'svg'; ssr: true; width: number; height: number },
  ): {
    setOption(option: object): void;
    renderToSVGString(options?: { useViewBox?: boolean }): string;
    dispose(): void;
  };
}

/** One line or one set of bars. */
export interface Series {
  readonly name: string;
  /** One value per place on the x axis, NaN for none. */
  readonly values: readonly number[];
  /** Bounds of each value's interval, where there are any. */
  readonly intervals?: readonly (readonly [low: number, high: number] | undefined)[] | undefined;
  /** Shown in grey: not a model, but what models are held against. */
  readonly isReference?: boolean | undefined;
}

export interface Chart {
  readonly kind: 'line' | 'bar';
  /** What the x axis shows, and its places. */
  readonly across: string;
  readonly places: readonly string[];
  /** What the y axis shows. */
  readonly measure: string;
  readonly series: readonly Series[];
  /** Shows values as a percentage. */
  readonly percent?: boolean | undefined;
}

/**
 * So many series have colours of their own in the page's style sheet; further ones begin again, with other symbols and
 * dashes.
 */
export const COLOURS = 8;

const WIDTH = 640;
const HEIGHT = 320;
const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond'];
const SYMBOL_SIGNS = ['●', '■', '▲', '◆'];
const DASHES = ['solid', 'dashed', 'dotted'] as const;

/** Loads ECharts if it is installed. @throws KindredError INVALID_ARGUMENT if it is not there. */
export async function loadCharting(): Promise<Charting> {
  return loadPackage<Charting>('echarts', 'An HTML report', ', or pass the module as { echarts }.');
}

/**
 * @returns an `svg` element to stand in a page, without any address in it. `number` keeps names in it apart from other
 * charts'.
 */
export function drawChart(charting: Charting, chart: Chart, number: number): string {
  const drawing = charting.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  try {
    drawing.setOption(optionOf(chart));
    return embed(drawing.renderToSVGString({ useViewBox: true }), number);
  } finally {
    // An open chart keeps a timer, and with it the process.
    drawing.dispose();
  }
}

/** What marks a series, for a legend of text that wraps: ECharts cannot measure text without a document. */
export function legendSign({ kind, series }: Chart, one: Series): { sign: string; colour: string } {
  const n = numberOf(series, one);
  return { sign: kind === 'bar' ? '■' : SYMBOL_SIGNS[symbolOf(n)], colour: colourOf(n) };
}

/**
 * A model has one number, and so one colour, in all charts of a page, whether or not there is a reference; -1 for that.
 */
function numberOf(series: readonly Series[], one: Series): number {
  return one.isReference ? -1 : series.filter((each) => !each.isReference).indexOf(one);
}

function colourOf(n: number): string {
  return n < 0 ? 'var(--reference)' : `var(--series-${n % COLOURS})`;
}

/** Series of the same colour have different symbols. */
function symbolOf(n: number): number {
  return n < 0 ? 0 : (n + Math.floor(n / COLOURS)) % SYMBOLS.length;
}

/** Text takes the colour of the page and the rest variables of its style sheet, so that both follow a dark page. */
function optionOf({ kind, across, places, measure, series, percent }: Chart): object {
  const text = { color: 'currentColor', fontFamily: 'inherit', fontSize: 12 };
  const axis = { axisLabel: text, axisLine: { lineStyle: { color: 'var(--rule)' } }, axisTick: { show: false } };
  const name = { nameLocation: 'middle', nameTextStyle: text };
  const label = percent ? { ...text, formatter: (value: number) => `${Number((100 * value).toFixed(1))} %` } : text;
  return {
    animation: false,
    textStyle: text,
    grid: { left: 70, right: 16, top: 12, bottom: 56, containLabel: false },
    xAxis: { type: 'category', data: places, name: across, nameGap: 32, ...axis, ...name },
    yAxis: {
      type: 'value',
      name: measure,
      nameGap: 52,
      ...axis,
      ...name,
      axisLabel: label,
      splitLine: { lineStyle: { color: 'var(--rule)', opacity: 0.5 } },
    },
    series: [
      ...series.map((each) => marks(kind, each, numberOf(series, each))),
      ...series.flatMap((each, n) => (each.intervals?.some(Boolean) ? [bounds(kind, each, n, series.length)] : [])),
    ],
  };
}

function marks(kind: Chart['kind'], { name, values }: Series, n: number): object {
  const colour = colourOf(n);
  return {
    type: kind,
    name,
    silent: true,
    data: values.map((value) => (Number.isFinite(value) ? value : null)),
    itemStyle: { color: colour, borderColor: colour },
    ...(kind === 'line'
      ? {
          symbol: SYMBOLS[symbolOf(n)],
          symbolSize: 7,
          lineStyle: { color: colour, width: 2, type: DASHES[Math.floor(Math.max(n, 0) / COLOURS) % DASHES.length] },
        }
      : { barGap: `${BAR_GAP}%`, barCategoryGap: `${CATEGORY_GAP}%` }),
  };
}

/** Percent of a bar between bars, and percent of a place between places. */
const BAR_GAP = 10;
const CATEGORY_GAP = 30;

/** Vertical lines from low to high, at the middle of the bar or near the point. */
function bounds(kind: Chart['kind'], { name, values, intervals = [] }: Series, n: number, count: number): object {
  return {
    type: 'custom',
    // A name of its own, or ECharts lets the legend toggle and colour it like another series.
    name: `${name}, interval`,
    silent: true,
    z: 5,
    data: values.flatMap((_, place) => {
      const interval = intervals[place];
      return interval?.every(Number.isFinite) ? [[place, ...interval]] : [];
    }),
    renderItem: (_: unknown, api: CustomApi) => {
      const [x, low] = api.coord([api.value(0), api.value(1)]);
      const [, high] = api.coord([api.value(0), api.value(2)]);
      const at = x + offsetOf(kind, n, count, api.size([1, 0])[0]);
      const line = (x1: number, y1: number, x2: number, y2: number) => ({
        type: 'line',
        shape: { x1, y1, x2, y2 },
        style,
      });
      const style = {
        stroke: kind === 'bar' ? 'currentColor' : colourOf(n),
        lineWidth: 1.5,
        fill: 'none',
      };
      const children = [line(at, low, at, high), line(at - 3, low, at + 3, low), line(at - 3, high, at + 3, high)];
      return { type: 'group', children };
    },
  };
}

interface CustomApi {
  value(dimension: number): number;
  coord(data: [number, number]): [x: number, y: number];
  size(data: [number, number]): [width: number, height: number];
}

/**
 * Where the nth bar of a place stands from the place's middle; points of lines stay together, their intervals a little
 * apart.
 */
function offsetOf(kind: Chart['kind'], n: number, count: number, width: number): number {
  const middle = n - (count - 1) / 2;
  if (kind === 'line') return middle * Math.min(5, width / (2 * count));
  const usable = width * (1 - CATEGORY_GAP / 100);
  const bar = usable / (count + (count - 1) * (BAR_GAP / 100));
  return middle * bar * (1 + BAR_GAP / 100);
}

/** Without namespaces (a page needs none), names that other charts have too, and styles for pointers. */
function embed(svg: string, number: number): string {
  return svg
    .replace(/<style\b[^>]*>[\s\S]*?<\/style>/g, '')
    .replace(/ (xmlns(:\w+)?|class|version|baseProfile|ecmeta_\w+|xml:space)="[^"]*"/g, '')
    .replace(/\bzr\d+-/g, `chart${number}-`)
    .replace(/^<svg width="\d+" height="\d+"/, '<svg aria-hidden="true" focusable="false"');
}
