/** Pieces that requests and answers are made of: ids, names, properties, numbers. */
import { z } from 'zod';
import { LIMITS } from '../limits.js';

/** Whole numbers that JSON keeps become text, so that 7 and "7" are one id and no digit is ever lost. */
export const Id = z
  .union([
    z
      .string()
      .min(1)
      .max(LIMITS.idLength)
      .refine((text) => text.isWellFormed(), 'must be well-formed Unicode')
      .refine((text) => !/\p{Cc}/u.test(text), 'must have no control characters'),
    z.int().transform(String),
  ])
  .meta({ description: 'A text of 1 to 256 characters, or a safe integer, which is read as its digits.' });

/** Ids in answers are always text. */
export const AnswerId = z.string();

/** Of a namespace, scenario, model or index. */
export const Name = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/,
    'must be 1 to 64 letters, digits, - and _, beginning with a letter or digit',
  );

const Text = z.string().max(LIMITS.textLength);
export const PropertyValue = z.union([Text, z.number(), z.boolean(), z.array(Text).max(LIMITS.properties)]);

export const Properties = z
  .record(z.string().regex(/^[A-Za-z][\w.-]{0,63}$/, 'must be a letter, then letters, digits, _ . -'), PropertyValue)
  .refine((all) => Object.keys(all).length <= LIMITS.properties, `must be at most ${LIMITS.properties} properties`)
  .meta({ description: 'Texts, numbers, truth values and lists of texts, which filters can ask for.' });
export type Properties = z.output<typeof Properties>;

export const K = z.int().min(1).max(LIMITS.k);

/** A moment: milliseconds since 1970, or an ISO date with its zone. */
export const Time = z
  .union([z.int().min(-8.64e15).max(8.64e15), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))])
  .meta({ description: 'Milliseconds since 1970, or an ISO 8601 date and time with its zone.' });

export const FilterText = z
  .string()
  .min(1)
  .max(LIMITS.filterLength)
  .meta({ description: "Such as: genre = 'jazz' and year >= 1959 and not exists hidden_reason" });

/** The number of the store's last write that an answer reflects. */
export const AsOf = z.int().min(0);

/** What every write answers. */
export const Written = z.object({ asOf: AsOf });
export type Written = z.output<typeof Written>;

export const Page = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  after: z.string().max(LIMITS.idLength).optional().meta({ description: 'The last id of the page before.' }),
});
export type Page = z.output<typeof Page>;
