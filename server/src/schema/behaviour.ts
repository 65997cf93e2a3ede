/** Who did what, and what things and people are: events, items, users. */
import { z } from 'zod';
import { LIMITS } from '../limits.js';
import { AnswerId, AsOf, Id, Properties, Time } from './common.js';

const EVENT_TYPE = /^[A-Za-z0-9][\w.-]{0,63}$/;
/** A word of the product's own, such as view or buy. */
export const EventType = z.string().regex(EVENT_TYPE, 'must be letters, digits, _ . -');

const TOKEN = /^[\x21-\x7e]{1,128}$/;
/** What programs make to know things again. */
const Token = z.string().regex(TOKEN, 'must be 1 to 128 printable ASCII characters without spaces');

export const EventInput = z.strictObject({
  user: Id,
  item: Id,
  type: EventType.default('event'),
  value: z
    .number()
    .min(-1e9)
    .max(1e9)
    .refine((value) => value === 0 || Math.abs(value) >= 1e-9, 'must be 0 or at least 1e-9 away from it')
    .default(1),
  time: Time.optional().meta({ description: 'When it happened. Default: when it arrived.' }),
  recommId: Token.optional().meta({ description: 'The answer that led to it.' }),
  key: Token.optional().meta({
    description: 'An idempotency key: of several events with one key, only the first counts.',
  }),
});
export type EventInput = z.output<typeof EventInput>;

const PLAIN: Readonly<Record<string, (value: unknown) => boolean>> = {
  user: isPlainId,
  item: isPlainId,
  type: (value) => typeof value === 'string' && EVENT_TYPE.test(value),
  value: (value) => Number.isInteger(value) && Math.abs(value as number) <= 1e9,
  time: (value) => Number.isSafeInteger(value) && Math.abs(value as number) <= 8.64e15,
  recommId: (value) => typeof value === 'string' && TOKEN.test(value),
  key: (value) => typeof value === 'string' && TOKEN.test(value),
};

/**
 * What the schema makes of an event of the usual kind, found in a small part of the time; undefined for all others, which
 * the schema is to judge.
 */
export function plainEvent(given: unknown): EventInput | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const event = given as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(event)) if (!Object.hasOwn(PLAIN, name) || !PLAIN[name](event[name])) return undefined;
  if (event.user === undefined || event.item === undefined) return undefined;
  return { ...event, type: event.type ?? 'event', value: event.value ?? 1 } as EventInput;
}

function isPlainId(value: unknown): boolean {
  return typeof value === 'string' && /^[\x20-\x7e]{1,256}$/.test(value);
}

export const EventsInput = z.strictObject({ events: z.array(EventInput).min(1).max(LIMITS.batch) });

export const EventsTaken = z.object({
  asOf: AsOf,
  accepted: z.int(),
  duplicates: z.int().meta({ description: 'Events whose key had come before. They are not counted twice.' }),
});
export type EventsTaken = z.output<typeof EventsTaken>;

export const LinesTaken = EventsTaken.extend({
  refused: z.int(),
  errors: z.array(z.object({ line: z.int(), detail: z.string() })).meta({ description: 'The first 100.' }),
});
export type LinesTaken = z.output<typeof LinesTaken>;

export const StoredEvent = z.object({
  seq: z.int(),
  user: AnswerId,
  item: AnswerId,
  type: z.string(),
  value: z.number(),
  time: z.int(),
  recommId: z.string().optional(),
});
export type StoredEvent = z.output<typeof StoredEvent>;

export const UserInput = z.strictObject({ properties: Properties.default({}) });
export const UserAnswer = z.object({ user: AnswerId, properties: Properties, events: z.int() });

export const ItemInput = z.strictObject({
  properties: Properties.default({}),
  hidden: z.boolean().default(false).meta({ description: 'Never recommended while it is true.' }),
  expires: Time.nullable().default(null).meta({ description: 'Not recommended from this moment on.' }),
});
export type ItemInput = z.output<typeof ItemInput>;
export const ItemsInput = z.strictObject({
  items: z
    .array(ItemInput.extend({ item: Id }))
    .min(1)
    .max(LIMITS.batch),
});
export const ItemAnswer = z.object({
  item: AnswerId,
  properties: Properties,
  hidden: z.boolean(),
  expires: z.int().nullable(),
});
export type ItemAnswer = z.output<typeof ItemAnswer>;

export const Forgotten = z.object({ asOf: AsOf, events: z.int(), models: z.array(z.string()) });
export type Forgotten = z.output<typeof Forgotten>;
