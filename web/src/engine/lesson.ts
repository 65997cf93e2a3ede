/** The founding example: six people, six things, and what is recommended to each. */
import { similarityMatrix } from 'kindred';
import { Interactions, ItemKnn } from 'kindred/recommend';
import type { Task } from './calls.js';

export interface Lesson {
  /** people x people, row-major. */
  readonly similarity: Float32Array;
  /** Of each person, best first. */
  readonly recommended: readonly (readonly { readonly item: string; readonly reasons: readonly string[] }[])[];
}

export const lessonTasks = {
  teach: (({ people, things, bought }) => {
    const records = people.flatMap((user, p) => things.filter((_, t) => bought[p][t]).map((item) => ({ user, item })));
    const rows = bought.map((row) => row.map(Number));
    const similarity = similarityMatrix(rows).data as Float32Array;
    const model = records.length > 0 ? ItemKnn.fit(Interactions.from(records)) : undefined;
    const recommended = people.map((person, p) => {
      if (!model || !bought[p].includes(true)) return [];
      return model.recommend(person, { k: 2, fallback: 'none' }).map(({ item }) => ({
        item,
        reasons: model.explain(person, item).reasons.map((reason) => ('item' in reason ? reason.item : '')),
      }));
    });
    return { similarity, recommended };
  }) satisfies Task<
    { people: readonly string[]; things: readonly string[]; bought: readonly (readonly boolean[])[] },
    Lesson
  >,
};
