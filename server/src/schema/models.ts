/** Models: what they learn from, how, and what becomes of a training. */
import { z } from 'zod';
import { EventType } from './behaviour.js';
import { AnswerId, AsOf } from './common.js';

export const KINDS = ['item-knn', 'user-knn', 'ease', 'als', 'popularity'] as const;
export type Kind = (typeof KINDS)[number];

const Options = z
  .record(
    z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,63}$/, 'must be the name of an option'),
    z.union([z.string().max(64), z.number(), z.boolean()]),
  )
  .default({})
  .meta({ description: 'Options of the library, such as { "neighbors": 100 }.' });

const Member = z.strictObject({
  kind: z.enum(KINDS),
  options: Options,
  weight: z.number().positive().max(1e6).default(1),
});

export const ModelInput = z.strictObject({
  kind: z.enum([...KINDS, 'mixture']).default('item-knn'),
  options: Options,
  members: z.array(Member).min(1).max(8).optional().meta({ description: 'Of a mixture: the models it is mixed from.' }),
  method: z.enum(['weighted', 'rrf']).optional().meta({ description: 'Of a mixture. Default weighted.' }),
  events: z
    .record(EventType, z.number().min(-1e6).max(1e6))
    .optional()
    .meta({ description: 'What an event of each type counts for; others do not count. Default: every event, as 1.' }),
  duplicates: z
    .enum(['last', 'first', 'latest', 'sum', 'max'])
    .default('last')
    .meta({ description: 'What several events of one user with one item come to.' }),
  retrain: z
    .strictObject({
      everySeconds: z.int().min(10).max(31_536_000).optional(),
      everyEvents: z.int().min(1).max(1e9).optional(),
    })
    .optional()
    .meta({ description: 'When to train anew by itself. Models of neighbours and popularity need none.' }),
});
export type ModelInput = z.output<typeof ModelInput>;

export const Version = z.object({
  version: z.int(),
  asOf: AsOf,
  trainedAt: z.int(),
  bytes: z.int(),
  digest: z.string().meta({ description: 'SHA-256 of the model file.' }),
  active: z.boolean(),
});
export type Version = z.output<typeof Version>;

export const ModelAnswer = z.object({
  model: AnswerId,
  definition: z.looseObject({ kind: z.string() }),
  version: z.int().nullable().meta({ description: 'The version that answers; null before the first training.' }),
  live: z.boolean().meta({ description: 'Whether it takes in every event at once, equal to a training anew.' }),
  asOf: AsOf.nullable(),
  waiting: z.int().meta({ description: 'Events that it has not taken in yet.' }),
  users: z.int(),
  items: z.int(),
  versions: z.array(Version),
});
export type ModelAnswer = z.output<typeof ModelAnswer>;

export const Rollback = z.strictObject({ version: z.int().min(1) });
export const EvaluateInput = z.strictObject({
  k: z.int().min(1).max(100).default(10),
  ratio: z.number().gt(0).lt(1).default(0.2).meta({ description: 'The share of the latest events to be predicted.' }),
});
export type EvaluateInput = z.output<typeof EvaluateInput>;
