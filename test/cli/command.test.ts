/** The command in this process: answers, JSON, every promised refusal and its exit code. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { VectorIndex } from '../../src/index.js';
import { writeNpy } from '../../src/io/index.js';
import { Interactions, ItemKnn, UserKnn } from '../../src/recommend/index.js';
import { json, kindred, put, refusal } from '../fixtures/processes/command.js';

const PAIRS: readonly (readonly [user: string, item: string])[] = [
  ['ann', 'apple'],
  ['ann', 'bread'],
  ['ann', 'cheese'],
  ['bob', 'apple'],
  ['bob', 'bread'],
  ['cid', 'bread'],
  ['cid', 'cheese'],
  ['cid', 'dates'],
  ['dan', 'dates'],
  ['dan', 'eggs'],
];
const CSV = `user,item\n${PAIRS.map((pair) => pair.join(',')).join('\n')}\n`;
const interactions = Interactions.from(PAIRS.map(([user, item]) => ({ user, item })));

const WORDS = ['north', 'east', 'northeast', 'south', 'nothing'];
const VECTORS = new Float32Array([0, 1, 1, 0, 0.6, 0.8, 0, -1, 0, 0]);

beforeAll(() => {
  put('food.csv', CSV);
  put('vectors.npy', writeNpy({ data: VECTORS, rows: 5, dim: 2 }));
  put('words.txt', `${WORDS.join('\n')}\n`);
});

describe('kindred', () => {
  it('tells its version and its commands', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await kindred('--version')).toMatchObject({ status: 0, stdout: `${version}\n` });
    const { status, stdout } = await kindred('--help');
    expect(status).toBe(0);
    for (const command of ['info', 'train', 'evaluate', 'compare', 'recommend', 'similar', 'search']) {
      expect(stdout).toContain(command);
      expect(await kindred(command, '--help')).toMatchObject({
        status: 0,
        stdout: expect.stringContaining('Examples, '),
      });
    }
  });

  it('shows how it is used, as a refusal, if nothing is asked', async () => {
    expect(await kindred()).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('Usage: kindred') });
  });

  it.each([
    [['simlar'], /unknown command 'simlar' \(Did you mean similar\?\)/],
    [['info', '--jsno'], /unknown option '--jsno' \(Did you mean --json\?\)/],
    [['info', 'more'], /too many arguments/],
    [['similar', 'food.csv'], /missing required argument 'id'/],
    [['similar', 'food.csv', 'apple', '-k', '0'], /'-k <number>' argument '0' is invalid. Expected a positive integer/],
    [['similar', 'food.csv', 'apple', '-k', '2.5'], /positive integer/],
    [['similar', 'food.csv', 'apple', '--shrinkage', '-1'], /Expected a number >= 0/],
    [['similar', 'food.csv', 'apple', '--metric', 'manhattan'], /Allowed choices are cosine, dot, euclidean/],
    [
      ['recommend', 'food.csv', 'ann', '--model', 'magic'],
      /there is no model "magic"; expected one of item-knn, user-knn, ease, als, popularity/,
    ],
    [['search', 'vectors.npy', '--vector', '1,,2'], /number 2 is ""/],
    [['search', 'vectors.npy', '--vector', '1,NaN'], /number 2 is "NaN"/],
    [['search', 'vectors.npy', '0', '--min-score', 'high'], /Expected a finite number/],
    [['recommend', 'food.csv', '--profile', ','], /Expected items separated by commas/],
  ])('refuses %j', async (args, message) => {
    expect(await refusal(...args)).toMatch(message);
  });
});

describe('kindred info', () => {
  it('names the backend, every candidate with its reason, and the machine', async () => {
    const answer = await json('info');
    expect(answer.node).toBe(process.versions.node);
    expect(answer.platform).toBe(`${process.platform}-${process.arch}`);
    expect(answer.backend).toEqual({
      name: expect.any(String),
      level: expect.any(String),
      threads: expect.any(Number),
    });
    expect(answer.candidates.length).toBeGreaterThan(1);
    for (const { ok, reason } of answer.candidates) expect(reason === '').toBe(ok);
    const { stdout } = await kindred('info');
    expect(stdout).toContain(`${answer.backend.name}/${answer.backend.level}`);
    expect(stdout).toMatch(/reference\/plain +(available|in use)/);
    expect(stdout).not.toContain('\u001b');
  });
});

describe('kindred similar', () => {
  it('answers as the library does, for items and users', async () => {
    const model = ItemKnn.fit(interactions);
    expect(await json('similar', 'food.csv', 'bread', '-k', '2')).toEqual({
      file: 'food.csv',
      columns: { user: 'user', item: 'item', value: null, time: null },
      kind: 'items',
      id: 'bread',
      results: model.similarItems('bread', 2).map(({ item, score }) => ({ id: item, score })),
    });
    expect((await json('similar', 'food.csv', 'ann', '--users')).results).toEqual(
      model.similarUsers('ann', 10).map(({ user, score }) => ({ id: user, score })),
    );
    const shrunk = ItemKnn.fit(interactions, { shrinkage: 3 }).similarItems('bread', 10);
    expect((await json('similar', 'food.csv', 'bread', '--shrinkage', '3')).results[0].score).toBe(shrunk[0].score);
  });

  it('answers for rows, by name and by number, itself left out', async () => {
    const index = VectorIndex.from(VECTORS, { dim: 2 });
    const results = index.neighbors(0, 3).map(({ id, score }) => ({ id: WORDS[id], row: id, score }));
    const named = await json('similar', 'vectors.npy', 'north', '--ids', 'words.txt', '-k', '3');
    expect(named).toEqual({ file: 'vectors.npy', kind: 'rows', id: 'north', results });
    expect(await json('similar', 'vectors.npy', '0', '--ids', 'words.txt', '-k', '3')).toEqual(named);
    expect((await json('similar', 'vectors.npy', '0', '-k', '3')).results).toEqual(
      results.map((hit) => ({ ...hit, id: hit.row })),
    );
  });

  it('prints ranks, scores and names in columns, without control codes', async () => {
    const { stdout } = await kindred('similar', 'vectors.npy', 'north', '--ids', 'words.txt', '-k', '2');
    expect(stdout).toBe('rows like north\n  1  0.8000  northeast\n  2  0.0000  east\n');
    put('evil.csv', 'user,item\na,"x\u001b[31m"\na,y\n');
    expect((await kindred('similar', 'evil.csv', 'y')).stdout).toBe('items like y\n  1  1.0000  x\\u001b[31m\n');
    expect((await kindred('similar', 'food.csv', 'eggs', '-k', '9')).stdout).toMatch(
      /^items like eggs\n {2}1 {2}0\.7071 {2}dates\n$/,
    );
  });

  it('suggests what may have been meant', async () => {
    expect(await refusal('similar', 'food.csv', 'aple')).toBe(
      'kindred: no item of food.csv is named "aple"; did you mean "apple"?',
    );
    expect(await refusal('similar', 'food.csv', 'ana', '--users')).toMatch(/no user .*did you mean "ann"\?/);
    expect(await refusal('similar', 'food.csv', 'ann')).toMatch(/no item of food.csv is named "ann"; a user is/);
    expect(await refusal('similar', 'food.csv', 'eggs', '--users')).toMatch(/no user .* named "eggs"; an item is/);
    expect(await refusal('similar', 'food.csv', 'zzzzzzzz')).toMatch(/it has 5, such as "apple", "bread"/);
    expect(await refusal('similar', 'vectors.npy', 'noth', '--ids', 'words.txt')).toMatch(/did you mean "north"/);
    expect(await refusal('similar', 'vectors.npy', 'north')).toMatch(/numbered 0 to 4 \(--ids FILE would name them\)/);
    expect(await refusal('similar', 'vectors.npy', '5')).toMatch(/no row of vectors.npy is named "5"/);
  });

  it('asks which row, if several have the name', async () => {
    put('twice.txt', 'a\nb\na\nc\nd\n');
    expect(await refusal('similar', 'vectors.npy', 'a', '--ids', 'twice.txt')).toMatch(
      /2 rows .* named "a"; .*one: 0, 2/,
    );
    expect(await json('similar', 'vectors.npy', '2', '--ids', 'twice.txt')).toMatchObject({ id: 'a' });
  });

  it('refuses options that the file cannot honour', async () => {
    expect(await refusal('similar', 'vectors.npy', '0', '--users')).toMatch(/--users needs interactions/);
    put('glove.txt', 'a 1 2\nb 3 4\n');
    expect(await refusal('similar', 'glove.txt', 'a', '--ids', 'words.txt')).toMatch(/names its rows itself/);
    expect(await refusal('similar', 'vectors.npy', '0', '--ids-column', '2')).toMatch(/--ids-column needs --ids/);
  });
});

describe('kindred recommend', () => {
  it('recommends to a user as the library does, with either model', async () => {
    for (const [name, Model] of [
      ['item', ItemKnn],
      ['user', UserKnn],
    ] as const) {
      const model = Model.fit(interactions, { neighbors: 3, shrinkage: 1 });
      const options = ['--model', name, '--neighbors', '3', '--shrinkage', '1'];
      expect(await json('recommend', 'food.csv', 'bob', ...options)).toEqual({
        file: 'food.csv',
        columns: { user: 'user', item: 'item', value: null, time: null },
        model: name,
        user: 'bob',
        results: model.recommend('bob', { k: 10 }),
      });
      expect((await json('recommend', 'food.csv', 'bob', ...options, '--include-seen', '-k', '2')).results).toEqual(
        model.recommend('bob', { k: 2, excludeSeen: false }),
      );
    }
  });

  it('recommends for a profile never seen, and explains', async () => {
    const model = ItemKnn.fit(interactions);
    const profile = ['apple', 'dates'];
    const answer = await json('recommend', 'food.csv', '--profile', 'apple,dates', '--explain');
    expect(answer).toEqual({
      file: 'food.csv',
      columns: { user: 'user', item: 'item', value: null, time: null },
      model: 'item-knn',
      profile,
      results: model.recommendFor(profile, { k: 10 }).map(({ item, score }) => {
        return { item, score, reasons: model.explain(profile, item).reasons };
      }),
    });
    expect(answer.results.length).toBeGreaterThan(0);
    const { stdout } = await kindred('recommend', 'food.csv', '--profile', 'apple,dates', '--explain', '-k', '1');
    expect(stdout).toMatch(
      /^recommended for apple, dates\n {2}1 {2}\d\.\d{4} {2}bread\n {5}because of apple 0\.8165, dates/,
    );
  });

  it('says so if there is nothing to recommend', async () => {
    put('two.csv', 'user,item\na,x\nb,y\n');
    expect(await kindred('recommend', 'two.csv', 'a', '--fallback', 'none')).toMatchObject({
      status: 0,
      stdout: 'recommended for a\n  nothing\n',
    });
    expect(await kindred('recommend', 'two.csv', 'a')).toMatchObject({
      status: 0,
      stdout: 'recommended for a, of whom nothing is known: what is popular\n  1  0.5000  y\n',
    });
  });

  it('leaves items out, and says which fill a list', async () => {
    put('shelf.csv', 'user,item\na,x\nb,x\nb,y\nc,z\nc,v\nd,v\n');
    const { stdout } = await kindred('recommend', 'shelf.csv', 'a');
    expect(stdout).toMatch(/ 1 {2}0\.7071 {2}y\n {2}2 {2}0\.5000 {2}v\n +popular: nothing more is known\n {2}3 .* z\n/);
    const without = await kindred('recommend', 'shelf.csv', 'a', '--exclude', 'v,y', '--json');
    expect(JSON.parse(without.stdout).results).toEqual([{ item: 'z', score: 0.25, fallback: 'popularity' }]);
    const { stdout: table } = await kindred('recommend', 'shelf.csv', '--all', '--exclude', 'v', '-k', '2');
    expect(table).toMatch(
      /^user,rank,item,score,fallback\na,1,y,0\.7\d+,\na,2,z,0\.25,popularity\nb,1,z,0\.25,popularity\n/,
    );
    expect(await refusal('recommend', 'shelf.csv', 'a', '--exclude', 'w')).toMatch(
      /no item of shelf\.csv is named "w"/,
    );
    expect(await refusal('recommend', 'shelf.csv', 'a', '--fallback', 'any')).toMatch(/popular, none/);
    const spec = 'item-knn:normalize=l1';
    expect((await kindred('recommend', 'shelf.csv', 'a', '--model', spec)).stdout).toMatch(/ 1 {2}1\.0000 {2}y\n/);
    const centred = await kindred('recommend', 'shelf.csv', 'a', '--model', 'item-knn:centre=false');
    expect(centred.stdout).toBe(stdout);
    expect(await refusal('recommend', 'shelf.csv', 'a', '--model', 'item-knn:centre=1')).toMatch(
      /centre must be true or false/,
    );
  });

  it('refuses unclear wishes and unknown names', async () => {
    expect(await refusal('recommend', 'food.csv')).toMatch(/a user, --profile ITEM,ITEM or --all; neither is given/);
    expect(await refusal('recommend', 'food.csv', 'ann', '--profile', 'apple')).toMatch(/both are given/);
    expect(await refusal('recommend', 'food.csv', 'anm')).toMatch(/did you mean "ann"/);
    expect(await refusal('recommend', 'food.csv', '--profile', 'apple,braed')).toMatch(
      /named "braed"; did you mean "bread"/,
    );
    expect(await refusal('recommend', 'vectors.npy', '0')).toMatch(
      /vectors.npy holds vectors; interactions are expected/,
    );
  });
});

describe('kindred search', () => {
  it('answers each query as the library does', async () => {
    const index = VectorIndex.from(VECTORS, { dim: 2 });
    const named = (query: number[], k: number) =>
      index.search(query, k).map(({ id, score }) => ({ id: WORDS[id], row: id, score }));
    expect(await json('search', 'vectors.npy', 'north', '1', '--ids', 'words.txt', '-k', '3')).toEqual({
      file: 'vectors.npy',
      metric: 'cosine',
      dtype: 'float32',
      queries: [
        { query: 'north', results: named([0, 1], 3) },
        { query: 'east', results: named([1, 0], 3) },
      ],
    });
    const byNumbers = await json('search', 'vectors.npy', '--vector', '-0.5,1e-1', '--ids', 'words.txt');
    expect(byNumbers.queries).toEqual([{ query: 'the vector', results: named([-0.5, 0.1], 10) }]);
  });

  it('takes queries from a file, and a least score', async () => {
    put('queries.npy', writeNpy({ data: new Int8Array([0, 2, 3, 0]), rows: 2, dim: 2 }));
    const { queries } = await json('search', 'vectors.npy', '--queries', 'queries.npy', '--min-score', '0.5');
    expect(queries).toEqual([
      { query: 0, results: [expect.objectContaining({ id: 0, score: 1 }), expect.objectContaining({ id: 2 })] },
      { query: 1, results: [expect.objectContaining({ id: 1, score: 1 }), expect.objectContaining({ id: 2 })] },
    ]);
    put('none.npy', writeNpy({ data: new Float32Array(0), rows: 0, dim: 2 }));
    expect((await json('search', 'vectors.npy', '--queries', 'none.npy')).queries).toEqual([]);
    expect((await json('search', 'none.npy', '--vector', '1,2')).queries).toEqual([
      { query: 'the vector', results: [] },
    ]);
  });

  it('shows distances, not scores, for euclidean', async () => {
    const args = ['search', 'vectors.npy', '--vector', '0,0.5', '--metric', 'euclidean', '-k', '2'];
    expect((await json(...args)).queries[0].results).toEqual([
      { id: 0, row: 0, score: -0.5, distance: 0.5 },
      { id: 4, row: 4, score: -0.5, distance: 0.5 },
    ]);
    expect((await kindred(...args)).stdout).toBe('nearest to the vector\n  1  0.5000  0\n  2  0.5000  4\n');
  });

  it('bounds distances, not scores, for euclidean', async () => {
    const args = ['search', 'vectors.npy', '--vector', '0,0.5', '--metric', 'euclidean'];
    expect((await json(...args, '--max-distance', '0.5')).queries[0].results).toHaveLength(2);
    expect(await refusal(...args, '--min-score', '0.5')).toMatch(/--max-distance 0\.5 says/);
    expect(await refusal('search', 'vectors.npy', '0', '--max-distance', '1')).toMatch(
      /--max-distance is for the metric euclidean/,
    );
  });

  it('refuses unclear and unfitting queries', async () => {
    expect(await refusal('search', 'vectors.npy')).toMatch(/one kind of query/);
    expect(await refusal('search', 'vectors.npy', '0', '--vector', '1,2')).toMatch(/one kind of query/);
    expect(await refusal('search', 'vectors.npy', '--vector', '1,2,3')).toMatch(/queries of 3 numbers for rows of 2/);
    put('wide.npy', writeNpy({ data: new Float32Array(3), rows: 1, dim: 3 }));
    expect(await refusal('search', 'vectors.npy', '--queries', 'wide.npy')).toMatch(
      /wide.npy has rows of 3 numbers; expected 2/,
    );
    expect(await refusal('search', 'food.csv', 'apple')).toMatch(/food.csv: holds interactions; vectors are expected/);
  });
});
