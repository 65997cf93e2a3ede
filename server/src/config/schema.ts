/** What an operator decides: where to listen, where to keep, and what is to be there from the start. */
import { z } from 'zod';
import { Name } from '../schema/common.js';
import { IndexInput } from '../schema/indexes.js';
import { ModelInput } from '../schema/models.js';
import { ScenarioInput } from '../schema/scenarios.js';

export const LOG_LEVELS = ['silent', 'error', 'warn', 'info'] as const;

export const Config = z.strictObject({
  folder: z.string().min(1).default('kindred-data').meta({ description: 'Where the store is kept.' }),
  database: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgres://')
    .optional()
    .meta({ description: 'A PostgreSQL database that keeps the store, in place of the folder.' }),
  host: z.string().min(1).default('127.0.0.1').meta({ description: 'All but loopback needs keys.' }),
  port: z.int().min(0).max(65_535).default(7878),
  origins: z.array(z.url()).default([]).meta({ description: 'Sites whose pages may ask (CORS).' }),
  log: z.enum(LOG_LEVELS).default('warn'),
  examples: z.boolean().default(true).meta({ description: 'Fills an empty folder with examples; never a database.' }),
  requestSeconds: z.int().min(1).max(3600).default(60).meta({ description: 'For a request to come in as a whole.' }),
  underWayMax: z.int().min(1).max(100_000).default(1000).meta({ description: 'Requests under way at most.' }),
  models: z.record(Name, ModelInput).default({}).meta({ description: 'Of the namespace default.' }),
  scenarios: z.record(Name, ScenarioInput).default({}),
  indexes: z.record(Name, IndexInput).default({}),
});
export type Config = z.output<typeof Config>;
export type ConfigInput = z.input<typeof Config>;
