/** Jobs: work that takes its time, and how it is told of. */
import { z } from 'zod';
import { Name } from './common.js';

export const JobKind = z.enum(['train', 'evaluate', 'neighbor-graph', 'near-duplicates']);
export type JobKind = z.output<typeof JobKind>;

export const Job = z.object({
  job: z.string(),
  kind: JobKind,
  model: Name.nullable().meta({ description: 'The model that it is about, or null.' }),
  index: Name.nullable().meta({ description: 'The index that it is about, or null.' }),
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  phase: z.string(),
  done: z.number(),
  total: z.number(),
  startedAt: z.int(),
  endedAt: z.int().nullable(),
  error: z.object({ code: z.string(), detail: z.string() }).nullable(),
  result: z.looseObject({}).nullable(),
});
export type Job = z.output<typeof Job>;

export const JobLog = z.object({
  job: z.string(),
  lines: z
    .array(z.object({ time: z.int().meta({ description: 'Milliseconds since 1970.' }), says: z.string() }))
    .meta({ description: 'What happened, oldest first.' }),
});
export type JobLog = z.output<typeof JobLog>;
