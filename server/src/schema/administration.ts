/** Namespaces, keys, and what an operator asks. */
import { z } from 'zod';
import { AsOf, Name, Time } from './common.js';

export const SCOPES = ['read', 'write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export const NamespaceAnswer = z.object({ namespace: Name });

export const KeyInput = z.strictObject({
  scopes: z.array(z.enum(SCOPES)).min(1).max(3),
  namespaces: z
    .array(Name)
    .min(1)
    .max(64)
    .optional()
    .meta({ description: 'Where it is good for. Default: everywhere.' }),
  expires: Time.optional(),
});
export type KeyInput = z.output<typeof KeyInput>;
export const KeyAnswer = z.object({
  id: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  namespaces: z.array(Name).nullable(),
  expires: z.int().nullable(),
});
export type KeyAnswer = z.output<typeof KeyAnswer>;
export const KeyMade = KeyAnswer.extend({
  secret: z.string().meta({ description: 'Shown once: only its hash is kept.' }),
  asOf: AsOf,
});
export type KeyMade = z.output<typeof KeyMade>;
