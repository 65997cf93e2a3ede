/** The worked examples: six people with six things, and the Southern Women, whose groups are known. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { similarityMatrix } from '../../src/index.js';
import { Interactions, ItemKnn, UserKnn } from '../../src/recommend/index.js';

const file = (name: string) => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
const women = 'Evelyn Laura Theresa Brenda Charlotte Frances Eleanor Pearl Ruth'.split(' ');
const otherWomen = 'Verne Myra Katherine Sylvia Nora Helen Dorothy Olivia Flora'.split(' ');

let attendance: Interactions;
beforeAll(async () => {
  const csv = await readFile(file('data/southern-women/attendance.csv'));
  attendance = await Interactions.fromCsv(csv, { user: 'woman', item: 'event' });
});

describe('the table', () => {
  it('has the published sums', () => {
    expect(attendance.size).toBe(89);
    expect(attendance.users).toEqual([...women, ...otherWomen]);
    expect(attendance.users.map((woman) => attendance.profile(woman).length)).toEqual([
      8, 7, 8, 7, 4, 4, 4, 3, 4, 4, 4, 6, 7, 8, 5, 2, 2, 2,
    ]);
    const events = new Map<string, number>();
    for (const { item } of attendance.records()) events.set(item, (events.get(item) ?? 0) + 1);
    const sums = [3, 3, 6, 4, 8, 8, 10, 14, 12, 5, 4, 6, 3, 3];
    expect(events).toEqual(new Map(sums.map((sum, n) => [`E${n + 1}`, sum])));
  });
});

describe('the two groups', () => {
  // Pearl and Dorothy came to little but what everybody came to (E8 and E9), and so are like each other.
  const between = ['Pearl', 'Dorothy'];

  it.each([
    ['UserKnn', UserKnn],
    ['ItemKnn', ItemKnn],
  ])('%s finds every other woman’s nearest friend in her own group', (_, Model) => {
    const model = Model.fit(attendance);
    for (const group of [women, otherWomen]) {
      for (const woman of group.filter((each) => !between.includes(each))) {
        expect(group).toContain(model.similarUsers(woman, 1)[0].user);
      }
    }
    expect(between.map((woman) => model.similarUsers(woman, 1)[0].user)).toEqual(['Dorothy', 'Pearl']);
  });

  it('keeps events of one group from newcomers of the other', () => {
    const model = ItemKnn.fit(attendance, { neighbors: 5 });
    const events = model.recommendFor(['E1', 'E2'], { k: 4 }).map(({ item }) => item);
    const others = model.recommendFor(['E13', 'E14'], { k: 4 }).map(({ item }) => item);
    for (const event of ['E10', 'E11', 'E12', 'E13', 'E14']) expect(events).not.toContain(event);
    for (const event of ['E1', 'E2', 'E3', 'E4', 'E5']) expect(others).not.toContain(event);
  });

  it('explains with women who were there', () => {
    const model = UserKnn.fit(attendance, { neighbors: 5 });
    for (const woman of attendance.users) {
      for (const { item, score } of model.recommend(woman, { fallback: 'none' })) {
        const explanation = model.explain(woman, item);
        expect(explanation.score).toBe(score);
        for (const { user } of explanation.reasons) {
          expect(attendance.profile(user).map(([event]) => event)).toContain(item);
        }
      }
    }
  });
});

it('the example runs on the built package and shows the friends', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [file('southern-women.js')]);
  expect(stdout).toMatch(/^18 women, 14 events, 89 attendances\n/);
  expect(stdout).toMatch(/Evelyn +Theresa 0\.88, /);
  expect(stdout).toMatch(/What Pearl would have liked\n {2}E5 +2\.38 = Evelyn 0\.61 \+ Theresa 0\.61 \+ /);
  expect(stdout).toMatch(/A newcomer who was seen at E10 and E12\n {2}E\d/);
});

/** Its program is run with the other documents. */
describe('what docs/guide/founding-example.md claims, for any k and every person', () => {
  const bought = [0, 1, 2, 0, 1, 2].map((kind) => [kind, kind + 3]);
  const interactions = Interactions.from(bought.flatMap((things, user) => things.map((item) => ({ user, item }))));
  const models = [UserKnn.fit(interactions), ItemKnn.fit(interactions)];

  it('a similarity of 1 for exactly the twins, 0 for the rest', () => {
    const { data } = similarityMatrix(bought.map((things) => [0, 1, 2, 3, 4, 5].map((j) => +things.includes(j))));
    expect([...data]).toEqual([...Array(36)].map((_, n) => +(Math.floor(n / 6) % 3 === (n % 6) % 3)));
  });

  it('nobody is like themselves, by id and for any k', () => {
    for (const model of models) {
      for (const user of interactions.users) {
        for (const k of [1, 2, 6, 100]) {
          expect(model.similarUsers(user, k).map((similar) => similar.user)).toEqual([(user + 3) % 6]);
        }
      }
    }
  });

  it('twins have nothing for each other; with seen things let in, they have their own', () => {
    for (const model of models) {
      for (const user of interactions.users) {
        expect(model.recommend(user, { fallback: 'none' })).toEqual([]);
        const items = model.recommend(user, { excludeSeen: false, fallback: 'none' }).map(({ item }) => item);
        expect(items).toEqual(bought[user]);
      }
    }
  });
});
