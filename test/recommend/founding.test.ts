/**
 * What docs/guide/founding-example.md claims holds for any k and every person. Its program is run with the other
 * documents.
 */
import { describe, expect, it } from 'vitest';
import * as kindred from '../../src/index.js';
import * as recommend from '../../src/recommend/index.js';

describe('the page’s claims', () => {
  const bought = [0, 1, 2, 0, 1, 2].map((kind) => [kind, kind + 3]);
  const interactions = recommend.Interactions.from(
    bought.flatMap((things, user) => things.map((item) => ({ user, item }))),
  );
  const models = [recommend.UserKnn.fit(interactions), recommend.ItemKnn.fit(interactions)];

  it('a similarity of 1 for exactly the twins, 0 for the rest', () => {
    const { data } = kindred.similarityMatrix(
      bought.map((things) => [0, 1, 2, 3, 4, 5].map((j) => +things.includes(j))),
    );
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
        expect(model.recommend(user)).toEqual([]);
        const items = model.recommend(user, { excludeSeen: false }).map(({ item }) => item);
        expect(items).toEqual(bought[user]);
      }
    }
  });
});
