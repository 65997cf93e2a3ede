/** Files that a visitor brought: what is in them, and what can be asked of them. */
import type { VectorIndex } from 'kindred';
import { byUser, evaluateAsync, Interactions, ItemKnn, leaveLastOut, Popularity } from 'kindred/recommend';
import type { Task } from './calls.js';
import type { NearestRows } from './map/layout.js';
import { nearestRows } from './map/nearest.js';
import { type Alike, type Counts, People, type Recommended, type Wish } from './people.js';
import { recognise } from './recognise.js';
import type { Columns, TablePreview } from './table-preview.js';

/** What the page is told of a file. */
export type Found =
  | ({ readonly kind: 'table' } & TablePreview)
  | { readonly kind: 'people'; readonly counts: Counts; readonly names: readonly string[] }
  | {
      readonly kind: 'vectors';
      readonly rows: number;
      readonly dim: number;
      readonly metric: string;
      readonly ids: readonly (string | number)[];
    };

export interface ReadTable {
  readonly counts: Counts;
  readonly names: readonly string[];
  readonly read: number;
  readonly merged: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly examples: readonly { readonly line: number; readonly message: string }[];
}

export interface Measured {
  readonly model: string;
  readonly metric: string;
  readonly value: number;
  readonly low: number | undefined;
  readonly high: number | undefined;
}

let table: { readonly bytes: Uint8Array; readonly preview: TablePreview } | undefined;
let people: People | undefined;
let index: VectorIndex<string> | VectorIndex<number> | undefined;

export const ownTasks = {
  /** What was open before stays open unless the file is understood. */
  open: (async ({ name, file }) => {
    const opened = await recognise(name, file);
    if (opened.kind === 'table') {
      table = opened;
      return { kind: 'table', ...opened.preview };
    }
    if (opened.kind === 'people') {
      people = new People(opened.interactions);
      return { kind: 'people', counts: people.counts, names: people.interactions.items.map(String) };
    }
    index?.dispose();
    index = opened.index;
    return { kind: 'vectors', rows: index.size, dim: index.dim, metric: index.metric, ids: [...index.ids()] };
  }) satisfies Task<{ name: string; file: Uint8Array<ArrayBuffer> }, Found>,

  readTable: (async ({ columns: { user, item, value, time } }) => {
    if (!table) throw new Error('open a table first');
    const { bytes, preview } = table;
    const options = { user, item, ...(value && { value }), ...(time && { time }), onBadRow: 'skip' } as const;
    const interactions =
      preview.format === 'csv'
        ? await Interactions.fromCsv(bytes, { ...options, delimiter: preview.delimiter })
        : await Interactions.fromJsonl<string, string>(bytes, options);
    people = new People(interactions);
    const { read, merged, dropped, examples } = interactions.report;
    return { counts: people.counts, names: interactions.items.map(String), read, merged, dropped, examples };
  }) satisfies Task<{ columns: Columns }, ReadTable>,

  ownRecommend: (({ profile, wish }) => thePeople().recommend(profile, wish)) satisfies Task<
    { profile: readonly string[]; wish: Wish },
    readonly Recommended[]
  >,

  ownAlike: (({ profile, k }) => thePeople().alike(profile, k)) satisfies Task<
    { profile: readonly string[]; k: number },
    readonly Alike[]
  >,

  evaluateOwn: (async (_, report) => {
    const { interactions } = thePeople();
    const split = interactions.times
      ? { ...leaveLastOut()(interactions), foldIn: undefined }
      : byUser({ ratio: 0.2, seed: 1 })(interactions);
    const { train, test, foldIn } = split;
    const measured: Measured[] = [];
    for (const [name, Model] of Object.entries({ ItemKnn, Popularity })) {
      const model = await Model.fitAsync(train);
      const { measurements } = await evaluateAsync(model, test, {
        foldIn,
        k: 10,
        metrics: ['recall', 'ndcg', 'coverage'],
        bootstrap: { samples: 200, seed: 1 },
        onProgress: ({ done, total }) => report({ model: name, done: done / total }),
      });
      for (const { metric, value, low, high } of measurements) {
        measured.push({ model: name, metric, value, low, high });
      }
    }
    return measured;
  }) satisfies Task<Record<string, never>, readonly Measured[], { model: string; done: number }>,

  ownModelFile: (async ({ wish }) => (await thePeople().model(wish)).toBytes()) satisfies Task<
    { wish: Wish },
    Uint8Array
  >,

  ownNear: (({ position, k }) => {
    const own = theIndex() as VectorIndex<string>;
    const ids = own.ids();
    const places = new Map(ids.map((id, place) => [id, place]));
    return own.neighbors(ids[position], k).map(({ id, score }) => ({ position: places.get(id) as number, score }));
  }) satisfies Task<{ position: number; k: number }, readonly { position: number; score: number }[]>,

  ownPairs: (async ({ limit }) => {
    const pairs = await (theIndex() as VectorIndex<string>).similarPairsAsync({ limit });
    return pairs.map(({ a, b, score }) => ({ a: String(a), b: String(b), score }));
  }) satisfies Task<{ limit: number }, readonly { a: string; b: string; score: number }[]>,

  nearestOwn: ((_) => nearestRows(theIndex())) satisfies Task<Record<string, never>, NearestRows>,

  ownIndexFile: ((_) => theIndex().toBytesAsync()) satisfies Task<Record<string, never>, Uint8Array>,
};

function thePeople(): People {
  if (!people) throw new Error('read a table first');
  return people;
}

function theIndex(): VectorIndex<string> | VectorIndex<number> {
  if (!index) throw new Error('open a file of vectors first');
  return index;
}
