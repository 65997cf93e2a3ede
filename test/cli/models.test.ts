/** Training, judging and deploying models by command: the same answers as the library's, and every promised refusal. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  compare,
  Ease,
  evaluate,
  Hybrid,
  holdout,
  ImplicitAls,
  Interactions,
  ItemKnn,
  leaveLastOut,
  loadModel,
  Popularity,
  temporal,
} from '../../src/recommend/index.js';
import { folder, json, kindred, put, refusal } from '../fixtures/processes/command.js';

/** Two tastes: users take what neighbours of the same parity take. Later rows are later in time. */
const RECORDS = Array.from({ length: 60 }, (_, user) =>
  Array.from({ length: 4 + (user % 5) }, (_, n) => ({
    user: `u${user}`,
    item: `i${((user * 7 + n * n * 2) % 15) * 2 + (user % 2)}`,
    value: 1 + ((user * 3 + n) % 5),
    time: 1_600_000_000 + n * 86_400 + user * 7000,
  })),
).flat();
const CSV = `user,item,rating,timestamp\n${RECORDS.map(({ user, item, value, time }) => `${user},${item},${value},${time}`).join('\n')}\n`;
const data = Interactions.from(RECORDS);

/** JSON as the command prints it: NaN is null, undefined is absent. */
const printed = (value: unknown) => JSON.parse(JSON.stringify(value));

beforeAll(() => {
  put('likes.csv', CSV);
});

describe('kindred train', () => {
  it.each([
    ['item-knn', () => ItemKnn.fit(data)],
    [
      'item-knn:neighbors=5,weighting=bm25,k1=1.5,min-support=2',
      () => ItemKnn.fit(data, { neighbors: 5, weighting: 'bm25', bm25: { k1: 1.5 }, minSupport: 2 }),
    ],
    ['ease:l2=1e+1', () => Ease.fit(data, { l2: 10 })],
    ['ImplicitALS:factors=4,seed=3', () => ImplicitAls.fit(data, { factors: 4, seed: 3 })],
    ['popularity:window=200000', () => Popularity.fit(data, { window: 200_000 })],
  ] as const)('writes %s as the library would train it', async (spec, train) => {
    const answer = await json('train', 'likes.csv', '--model', spec, '--output', 'model.kindred');
    expect(answer).toMatchObject({ file: 'likes.csv', model: spec, users: 60, items: 30, interactions: data.size });
    expect(answer.report).toEqual(printed(data.report));
    const model = await loadModel(join(folder, 'model.kindred'));
    expect(model.recommend('u3')).toEqual(train().recommend('u3'));
    expect(answer.class).toBe(model.constructor.name);
    expect(answer.bytes).toBe(readFileSync(join(folder, 'model.kindred')).length);
  });

  it('mixes models', async () => {
    const spec = 'item-knn:weight=2+ease:l2=10';
    await json('train', 'likes.csv', '--model', spec, '--fusion', 'rrf', '-o', 'mixed.kindred');
    const models = [
      { model: ItemKnn, weight: 2 },
      { model: Ease, options: { l2: 10 } },
    ];
    const expected = Hybrid.fit(data, { models, method: 'rrf' });
    expect((await loadModel(join(folder, 'mixed.kindred'))).recommend('u5')).toEqual(expected.recommend('u5'));
  });

  it('says in words what it learned and what comes next', async () => {
    const { status, stdout, stderr } = await kindred('train', 'likes.csv', '-o', 'words.kindred');
    const columns = 'likes.csv: user "user", item "item", value "rating", time "timestamp"\n';
    expect({ status, stderr }).toEqual({ status: 0, stderr: columns });
    expect(stdout).toMatch(/^item-knn, trained\n {2}data +read \d+ rows: \d+ kept/);
    expect(stdout).toContain('60 users, 30 items');
    expect(stdout).toMatch(/words\.kindred, [\d.]+ kB\n {2}next +kindred recommend words\.kindred u0\n$/);
  });

  it('filters, and reports what it left out, by line', async () => {
    put('bad.csv', `${CSV}u1,i2,nonsense,1\n,i3,4,1\nu2,i3,4\n`);
    expect(await refusal('train', 'bad.csv', '-o', 'bad.kindred')).toMatch(
      /bad\.csv: Line 362: the value is "nonsense"; expected a finite number\. \(--skip-bad-rows leaves such rows out\)/,
    );
    const args = ['--skip-bad-rows', '--min-value', '2', '--k-core', '3', '--implicit', '--duplicates', 'first'];
    const { status, stdout, stderr } = await kindred('train', 'bad.csv', '-o', 'bad.kindred', '--json', ...args);
    expect(status).toBe(0);
    expect(stderr).toBe(
      'bad.csv: 3 of 363 rows cannot be read and are left out:\n' +
        '  Line 362: the value is "nonsense"; expected a finite number.\n' +
        '  Line 363: the user is empty.\n' +
        '  Line 364: the row has 3 columns; expected 4, as in the first row.\n',
    );
    const expected = Interactions.from(RECORDS, { minValue: 2, kCore: 3, feedback: 'implicit', duplicates: 'first' });
    const { interactions } = await loadModel(join(folder, 'bad.kindred'));
    expect([...interactions.records()]).toEqual([...expected.records()]);
    const { kept, dropped } = JSON.parse(stdout).report;
    expect(kept).toBe(expected.size);
    expect(dropped).toEqual({ ...expected.report.dropped, value: 1, id: 1, columns: 1 });
  });

  it('reads JSON lines, Parquet and the files of MovieLens alike', async () => {
    put('likes.jsonl', RECORDS.map((record) => JSON.stringify(record)).join('\n'));
    put('likes.dat', RECORDS.map(({ user, item, value, time }) => [user, item, value, time].join('::')).join('\n'));
    const columnData = (['user', 'item', 'value', 'time'] as const).map((name) => ({
      name,
      data: RECORDS.map((record) => record[name]) as (string | number)[],
    }));
    put('likes.parquet', new Uint8Array(parquetWriteBuffer({ columnData })));
    for (const [file, ...args] of [
      ['likes.jsonl'],
      ['likes.parquet'],
      ['likes.dat', '--no-header', '--value-column', '3', '--time-column', '4'],
    ]) {
      await json('train', file, '-o', 'again.kindred', ...args);
      const { interactions } = await loadModel(join(folder, 'again.kindred'));
      expect([...interactions.records()], file).toEqual([...data.records()]);
    }
  });

  it.each([
    [['train', 'likes.csv'], /required option '-o, --output <file>' not specified/],
    [['train', 'likes.csv', '-o', 'model.bin'], /model\.bin: the name of a model file ends with \.kindred/],
    [['train', 'likes.csv', '-o', 'nowhere/m.kindred'], /--output .* cannot be written: nowhere: no such folder/],
    [['train', 'likes.csv', '-o', 'folder.kindred'], /--output folder\.kindred cannot be written: it is a directory/],
    [['train', 'likes.csv', '-o', 'm.kindred', '--model', 'eas'], /there is no model "eas"; did you mean ease\?/],
    [['train', 'likes.csv', '-o', 'm.kindred', '--model', ''], /there is no model ""; expected one of item-knn/],
    [['train', 'likes.csv', '-o', 'm.kindred', '--model', 'ease+'], /there is no model ""/],
    [['train', 'likes.csv', '-o', 'm.kindred', '--model', 'ease:l3=1'], /ease has no option "l3"; did you mean l2\?/],
    [['train', 'likes.csv', '-o', 'm.kindred', '--model', 'ease:weight=1'], /ease has no option "weight"/],
    [['train', 'likes.csv', '-o', 'm.kindred', '--model', 'ease:l2'], /an option of ease is "l2"; expected name=value/],
    [['train', 'likes.csv', '-o', 'm.kindred', '--model', 'ease:l2=1,l2=2'], /l2 of ease is given twice/],
    [['train', 'likes.csv', '-o', 'm.kindred', '--model', 'ease:l2=no'], /ease:l2=no: l2 must be .*, not "no"/],
    [['train', 'likes.csv', '-o', 'm.kindred', '--model', 'als+ease:weight=x'], /weight of ease is "x"/],
    [['train', 'likes.csv', '-o', 'm.kindred', '--fusion', 'rrf'], /--fusion is for mixtures .* one model/],
    [['train', 'likes.csv', '-o', 'm.kindred', '--k-core', '99'], /no interactions; .* left out \(\d+ kCore\)/],
    [['train', 'likes.csv', '-o', 'm.kindred', '--time-format', 'iso'], /Line 2: the time is .* ISO 8601/],
    [['train', 'likes.csv', '-o', 'm.kindred', '--duplicates', 'some'], /Allowed choices are last, first, latest, max/],
    [['train', 'likes.jsonl', '-o', 'm.kindred', '--no-header'], /--no-header is for text in columns/],
    [['train', 'text.jsonl', '-o', 'm.kindred'], /the first line is "user,item,.*expected one JSON object a line/],
    [['train', 'text.parquet', '-o', 'm.kindred'], /text\.parquet: this is no Parquet file/],
  ])('refuses %j', async (args, message) => {
    mkdirSync(join(folder, 'folder.kindred'), { recursive: true });
    put('text.jsonl', CSV);
    put('text.parquet', CSV);
    expect(await refusal(...args)).toMatch(message);
    expect(existsSync(join(folder, 'm.kindred'))).toBe(false);
  });
});

describe('kindred recommend and similar, of a model', () => {
  beforeAll(async () => {
    await Ease.fit(data, { l2: 10 }).save(join(folder, 'ease.kindred'));
    await ItemKnn.fit(
      Interactions.from([
        { user: 7, item: 'x' },
        { user: 8, item: 'x' },
        { user: 8, item: 'y' },
      ]),
    ).save(join(folder, 'numbers.kindred'));
  });

  it('answer as the model does', async () => {
    const ease = Ease.fit(data, { l2: 10 });
    expect(await json('recommend', 'ease.kindred', 'u4', '-k', '3')).toEqual({
      file: 'ease.kindred',
      model: 'Ease',
      user: 'u4',
      results: ease.recommend('u4', { k: 3 }),
    });
    const profile = ['i1', 'i9'];
    const explained = await json('recommend', 'ease.kindred', '--profile', 'i1,i9', '--explain', '--min-score', '0.01');
    expect(explained.results).toEqual(
      ease.recommendFor(profile, { minScore: 0.01 }).map((each) => {
        const { base, reasons } = ease.explain(profile, each.item);
        return printed({ ...each, base, reasons });
      }),
    );
    expect((await json('recommend', 'ease.kindred', 'u4', '--diverse')).results).toEqual(
      ease.recommend('u4', { diverse: true }),
    );
    expect((await json('recommend', 'ease.kindred', 'u4', '--diverse', '0.2')).results).toEqual(
      ease.recommend('u4', { diverse: { lambda: 0.2 } }),
    );
    expect((await json('similar', 'ease.kindred', 'i3', '-k', '4')).results).toEqual(
      ease.similarItems('i3', 4).map(({ item, score }) => ({ id: item, score })),
    );
    expect((await json('similar', 'ease.kindred', 'u3', '--users')).results).toEqual(
      ease.similarUsers('u3').map(({ user, score }) => ({ id: user, score })),
    );
  });

  it('find ids that are numbers', async () => {
    expect((await json('recommend', 'numbers.kindred', '7')).results).toEqual([expect.objectContaining({ item: 'y' })]);
    expect(await refusal('recommend', 'numbers.kindred', '07')).toMatch(/no user of numbers\.kindred is named "07"/);
  });

  it('recommend to everybody, as CSV and JSON lines', async () => {
    const all = Ease.fit(data, { l2: 10 }).recommendAll({ k: 2 });
    const rows = all.users.flatMap((user, n) =>
      all.row(n).map(({ item, score, fallback = '' }, rank) => `${user},${rank + 1},${item},${score},${fallback}`),
    );
    const csv = `user,rank,item,score,fallback\n${rows.join('\n')}\n`;
    expect((await kindred('recommend', 'ease.kindred', '--all', '-k', '2')).stdout).toBe(csv);
    expect((await kindred('recommend', 'ease.kindred', '--all', '-k', '2', '-o', 'all.csv')).stdout).toBe(
      'recommended to 60 users of ease.kindred: all.csv\n',
    );
    expect(readFileSync(join(folder, 'all.csv'), 'utf8')).toBe(csv);
    const lines = `${all.users.map((user, n) => JSON.stringify({ user, results: all.row(n) })).join('\n')}\n`;
    expect((await kindred('recommend', 'ease.kindred', '--all', '-k', '2', '--json')).stdout).toBe(lines);
    await kindred('recommend', 'ease.kindred', '--all', '-k', '2', '-o', 'all.jsonl');
    expect(readFileSync(join(folder, 'all.jsonl'), 'utf8')).toBe(lines);
    put('odd.csv', 'user,item\n"a,b",x\n"c""d",x\n"c""d",y\n');
    expect((await kindred('recommend', 'odd.csv', '--all')).stdout).toMatch(
      /^user,rank,item,score,fallback\n"a,b",1,y,\d/,
    );
  });

  it('leave the old table until the new one is whole', async () => {
    const users = Array.from({ length: 5000 }, (_, user) => `u${user},i${user % 3}\nu${user},i${(user + 1) % 3}\n`);
    put('many.csv', `user,item\n${users.join('')}`);
    put('table.csv', 'old');
    let written = false;
    const writing = kindred('recommend', 'many.csv', '--all', '-o', 'table.csv').finally(() => {
      written = true;
    });
    const seen = new Set<string>();
    while (!written) {
      seen.add(readFileSync('table.csv', 'utf8'));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await writing).toMatchObject({ status: 0, stderr: 'many.csv: user "user", item "item", no value\n' });
    const table = readFileSync('table.csv', 'utf8');
    expect(table).toMatch(/^user,rank,item,score,fallback\nu0,1,i2,.*\n(u\d+,1,i\d,.*\n){4999}$/);
    expect([...seen].filter((text) => text !== 'old' && text !== table)).toEqual([]);
  });

  it('say of whom nothing is known', async () => {
    const users = ['new', ...data.users];
    await Ease.fit(Interactions.from(RECORDS, { users }), { l2: 10 }).save(join(folder, 'cold.kindred'));
    const { stdout } = await kindred('recommend', 'cold.kindred', 'new', '-k', '1', '--explain');
    expect(stdout).toMatch(/^recommended for new, of whom nothing is known: what is popular\n {2}1 /);
    expect((await json('recommend', 'cold.kindred', 'new', '-k', '1')).results).toEqual([
      { item: expect.any(String), score: expect.any(Number), fallback: 'popularity' },
    ]);
  });

  it.each([
    [['recommend', 'ease.kindred', 'u4', '--model', 'ease'], /holds a trained model; --model is for interactions/],
    [['recommend', 'ease.kindred', 'u4', '--k-core', '2'], /--k-core is for interactions/],
    [['recommend', 'ease.kindred', 'u99x'], /no user of ease\.kindred is named "u99x"; it has 60, such as "u0"/],
    [['recommend', 'ease.kindred', '--all', 'u4'], /both are given/],
    [['recommend', 'ease.kindred', '--all', '--explain'], /--explain is for one user or profile/],
    [['recommend', 'ease.kindred', 'u4', '--output', 'x.csv'], /--output goes with --all/],
    [['recommend', 'ease.kindred', '--all', '--output', 'x.txt'], /expected a name that ends with \.csv or \.jsonl/],
    [['recommend', 'ease.kindred', 'u4', '--diverse', '2'], /Expected a number from 0 to 1/],
    [['recommend', 'none.kindred', 'u4'], /cannot read none\.kindred: no such file/],
    [['recommend', 'fake.kindred', 'u4'], /fake\.kindred: /],
    [
      ['recommend', 'likes.csv', 'u4', '--model', 'popularity', '--shrinkage', '2'],
      /popularity has no option shrinkage/,
    ],
    [['search', 'ease.kindred', 'u4'], /ease\.kindred: holds a saved model or index; vectors are expected/],
    [
      ['train', 'ease.kindred', '-o', 'x.kindred'],
      /ease\.kindred holds a saved model or index; interactions are expected/,
    ],
  ])('refuses %j', async (args, message) => {
    put('fake.kindred', 'this is no model');
    expect(await refusal(...args)).toMatch(message);
  });
});

describe('kindred evaluate and compare', () => {
  it('judge as the library does, on a temporal split where there are times', async () => {
    const split = temporal()(data);
    const reports = [
      evaluate(ItemKnn.fit(split.train), split.test, { name: 'item-knn', k: [5, 10] }),
      evaluate(Ease.fit(split.train, { l2: 10 }), split.test, { name: 'ease:l2=10', k: [5, 10] }),
    ];
    const args = ['likes.csv', '--model', 'item-knn', '--model', 'ease:l2=10', '-k', '5,10'];
    const judged = await json('evaluate', ...args);
    expect(judged.reports).toEqual(printed(reports));
    expect(judged.split).toEqual({ kind: 'temporal', at: split.at, ...split.counts });
    expect((await json('compare', ...args)).comparisons).toEqual(printed([compare(reports[0], reports[1])]));
  });

  it('split as told', async () => {
    const only = ['--model', 'popularity', '--no-intervals', '--metrics', 'ndcg,recall', '--json'];
    const value = async (...args: string[]) => {
      const { stdout } = await kindred('evaluate', 'likes.csv', ...only, ...args);
      return JSON.parse(stdout).reports[0].measurements;
    };
    const expected = ({ train, test }: { train: Interactions; test: Interactions }, minValue?: number) =>
      printed(
        evaluate(Popularity.fit(train), test, { metrics: ['ndcg', 'recall'], bootstrap: false, minValue }).measurements,
      );
    expect(await value('--split', 'leave-last-out')).toEqual(expected(leaveLastOut()(data)));
    expect(await value('--split', 'random', '--ratio', '0.3', '--seed', '7')).toEqual(
      expected(holdout({ ratio: 0.3, seed: 7 })(data)),
    );
    expect(await value('--at', '1600300000')).toEqual(expected(temporal({ at: 1_600_300_000 })(data)));
    expect(await value('--relevant-from', '4')).toEqual(expected(temporal()(data), 4));
    expect((await kindred('evaluate', 'likes.csv', '--split', 'by-user', '--no-time-column')).stdout).toMatch(
      /split: by-user, \d+ interactions to learn from, \d+ to find\n/,
    );
  });

  it('judge models that are trained, on a file of their own', async () => {
    const split = temporal()(data);
    const rows = [...split.test.records()].map(({ user, item, value }) => `${user},${item},${value}`);
    put('later.csv', `user,item,rating\n${rows.join('\n')}\n`);
    const [popular, ease] = [Popularity.fit(split.train), Ease.fit(split.train, { l2: 10 })];
    await popular.save(join(folder, 'popular.kindred'));
    await ease.save(join(folder, 'better.kindred'));
    const { comparisons } = await json('compare', 'better.kindred', 'popular.kindred', '--test', 'later.csv');
    const expected = compare(ease, popular, split.test, { names: ['better.kindred', 'popular.kindred'] });
    expect(comparisons[0].metrics.map(({ difference }: { difference: number }) => difference)).toEqual(
      expected.metrics.map(({ difference }) => difference),
    );
    const earlier = [...split.train.records()].map(({ user, item, value }) => `${user},${item},${value}`);
    put('earlier.csv', `user,item,rating\n${earlier.join('\n')}\n`);
    const given = await json('evaluate', 'earlier.csv', '--test', 'later.csv', '--model', 'popularity');
    await json('train', 'earlier.csv', '--model', 'popularity', '-o', 'popular.kindred');
    const trained = await json('evaluate', 'popular.kindred', '--test', 'later.csv');
    expect(given.reports[0].measurements).toEqual(trained.reports[0].measurements);
  });

  it('print one report in full, several side by side, and comparisons in words', async () => {
    const one = await kindred('evaluate', 'likes.csv', '--model', 'popularity');
    expect(one.stdout).toMatch(/^read \d+ rows: .*\nsplit: temporal at \d+ \(20\d\d-.*Z\), /);
    expect(one.stdout).toMatch(/\npopularity: \d+ users/);
    expect(one.stdout).toContain('history of');
    const several = await kindred('evaluate', 'likes.csv');
    expect(several.stdout).toMatch(/\nmodel +item-knn +popularity\nprecision@10 /);
    const compared = await kindred(
      'compare',
      'likes.csv',
      '--model',
      'popularity',
      '--model',
      'ease',
      '--model',
      'item-knn+ease',
    );
    expect(compared.stdout).toMatch(/\npopularity against ease\n[\s\S]*\npopularity against item-knn\+ease\n/);
    expect(compared.stdout).toContain('Difference: popularity minus ease');
  });

  it('write a page', async () => {
    const { stdout } = await kindred('evaluate', 'likes.csv', '--html', 'report.html', '--json');
    expect(JSON.parse(stdout).reports).toHaveLength(2);
    const page = readFileSync(join(folder, 'report.html'), 'utf8');
    expect(page).toMatch(/^<!doctype html>[\s\S]*<svg[\s\S]*<\/html>\n$/);
    expect(page).toContain('Evaluation of item-knn, popularity');
  });

  it.each([
    [['evaluate', 'ease2.kindred'], /holds a trained model; add --test FILE/],
    [['evaluate', 'ease2.kindred', '--test', 'likes.csv', '--ratio', '0.5'], /--ratio is for interactions/],
    [['evaluate', 'ease2.kindred', '--test', 'likes.csv', '--model', 'ease'], /--model is for interactions/],
    [['evaluate', 'likes.csv', 'ease2.kindred'], /one file of interactions, or several of models/],
    [['compare', 'ease2.kindred', 'ease2.kindred', '--test', 'likes.csv'], /ease2\.kindred is given twice/],
    [['compare', 'ease2.kindred', '--test', 'likes.csv'], /two models or more; given ease2\.kindred/],
    [['compare', 'likes.csv', '--model', 'ease'], /two models or more; given --model ease/],
    [['evaluate', 'likes.csv', '--fusion', 'rrf'], /--fusion is for mixtures/],
    [['evaluate', 'likes.csv', '--split', 'random', '--at', '5'], /--at has no meaning for --split random/],
    [['evaluate', 'likes.csv', '--seed', '5'], /--seed has no meaning for --split temporal/],
    [['evaluate', 'likes.csv', '--at', 'soon'], /Expected a number, or a date/],
    [['evaluate', 'likes.csv', '--ratio', '1'], /Expected a number between 0 and 1/],
    [['evaluate', 'likes.csv', '--test', 'likes.csv', '--split', 'random'], /--split is for splits; the test is given/],
    [['evaluate', 'likes.csv', '-k', '5,none'], /Expected positive integers separated by commas/],
    [['evaluate', 'likes.csv', '--metrics', 'accuracy'], /the metric must be .precision., .*, not "accuracy"/],
    [
      ['evaluate', 'likes.csv', '--html', 'nowhere/report.html'],
      /--html .* cannot be written: nowhere: no such folder/,
    ],
    [['evaluate', 'likes.csv', '--no-time-column', '--split', 'temporal'], /temporal needs the time/],
  ])('refuse %j', async (args, message) => {
    if (!existsSync(join(folder, 'ease2.kindred'))) await Ease.fit(data).save(join(folder, 'ease2.kindred'));
    expect(await refusal(...args)).toMatch(message);
  });
});
