/** Reports as a page of HTML: whole, on its own, safe with any name, and the same every time. */
import * as echarts from 'echarts';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { evaluate, holdout, Interactions, ItemKnn, Popularity, toHtml } from '../../../src/recommend/index.js';
import { Random } from '../../backend/conformance/random.js';
import { drawLikings } from '../../fixtures/sparse.js';

const { train, test } = holdout({ seed: 21 })(Interactions.from(drawLikings(new Random(21), 2000, 120, 60)));
const options = { k: [10, 5], bootstrap: { samples: 50 } } as const;
const reports = [
  evaluate(Popularity.fit(train), test, options),
  evaluate(ItemKnn.fit(train), test, { ...options, name: `<script>alert("x")</script> & 'friends'` }),
];

describe('the page', () => {
  let page: string;
  beforeAll(async () => {
    page = await toHtml(reports, { echarts });
  });

  it('loads nothing and runs nothing', () => {
    expect(page).not.toMatch(/https?:|<script|<link|<img|<iframe|<object|@import|\ssrc=|\shref=/i);
    // Only parts of the page itself are pointed at.
    for (const [, target] of page.matchAll(/url\(([^)]*)\)/g)) expect(target).toMatch(/^#chart\d+-/);
  });

  it('shows names as they are, in attributes too', () => {
    expect(page).toContain('alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;friends&#39;');
    expect(page).not.toContain('alert("x")');
  });

  it('is well formed: every element is closed, every id is one of a kind', () => {
    const open: string[] = [];
    for (const [, close, name, rest] of page.matchAll(/<(\/?)([a-z][\w-]*)((?:"[^"]*"|[^>"])*)>/gi)) {
      if (close) expect(open.pop()).toBe(name);
      else if (!rest.endsWith('/') && name !== 'meta') open.push(name);
    }
    expect(open).toEqual([]);
    const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has a title, headings, and the numbers of every chart as a table', () => {
    expect(page).toContain('<title>Evaluation of Popularity, &lt;script&gt;');
    expect(page).toContain('<h2>Popularity bias</h2>');
    expect(page).toContain('<h2>By segment</h2>');
    const figures = page.match(/<figure[\s\S]*?<\/figure>/g) ?? [];
    expect(figures.length).toBeGreaterThan(10);
    for (const figure of figures) {
      expect(figure).toMatch(/<svg[^>]*viewBox/);
      expect(figure).toMatch(/<figcaption/);
      expect(figure).toMatch(/<table>[\s\S]*<th scope="row">/);
      expect(figure).not.toMatch(/NaN|undefined|\[object/);
    }
    for (const report of reports) expect(page).toContain(report.value('ndcg@10').toFixed(4));
  });

  it('is readable on light and dark: no colour of its own outside the style sheet', () => {
    expect(page).toContain('prefers-color-scheme:dark');
    const drawn = (page.match(/<svg[\s\S]*?<\/svg>/g) ?? []).join('');
    const text = drawn.match(/<text[^>]*>/g) ?? [];
    expect(text.length).toBeGreaterThan(0);
    for (const element of text) expect(element).toContain('currentColor');
  });

  it('is the same again, also after ECharts has drawn other charts', async () => {
    expect(await toHtml(reports, { echarts })).toBe(page);
  });
});

it('loads echarts by itself where it is installed', async () => {
  expect(await reports[0].toHtml({ title: 'One model' })).toContain('<title>One model</title>');
});

it('says what to install where it is not', async () => {
  vi.doMock('echarts', () => {
    throw new Error('not there');
  });
  await expect(toHtml(reports)).rejects.toThrow('npm install echarts');
  vi.doUnmock('echarts');
});

it('works for one length, no segments, candidates and no intervals', async () => {
  const candidates = () => train.items;
  const bare = evaluate(Popularity.fit(train), test, { k: 3, candidates, bootstrap: false, segments: false });
  const page = await toHtml([bare], { echarts });
  expect(page).toContain('SAMPLED');
  expect(page).not.toContain('Popularity bias');
});

it('no reports are refused', async () => {
  await expect(toHtml([])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});
