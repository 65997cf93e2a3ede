/** Indexes of vectors: what they hold and how they are searched. */
import { z } from 'zod';
import { LIMITS } from '../limits.js';
import { AnswerId, AsOf, FilterText, Id, K, Name, Properties } from './common.js';

export const IndexInput = z.strictObject({
  dim: z.int().min(1).max(LIMITS.dim),
  metric: z.enum(['cosine', 'dot', 'euclidean']).default('cosine'),
});
export type IndexInput = z.output<typeof IndexInput>;
export const IndexAnswer = IndexInput.extend({ index: Name, size: z.int(), asOf: AsOf });

const Vector = z.array(z.number()).min(1).max(LIMITS.dim);
export const VectorsInput = z.strictObject({
  vectors: z
    .array(z.strictObject({ id: Id, vector: Vector, properties: Properties.default({}) }))
    .min(1)
    .max(LIMITS.batch),
});
export const VectorIds = z.strictObject({ ids: z.array(Id).min(1).max(LIMITS.batch) });
export const VectorsDeleted = z.object({ asOf: AsOf, deleted: z.int() });
export const VectorAnswer = z.object({ id: AnswerId, vector: z.array(z.number()), properties: Properties });

const fields = {
  vector: Vector.optional(),
  id: Id.optional().meta({ description: 'Searches by a vector of the index, which is left out of the answer.' }),
  k: K.default(10),
  filter: FilterText.optional(),
  minScore: z.number().optional(),
};
const either = ({ vector, id }: { vector?: unknown; id?: unknown }) => (vector === undefined) !== (id === undefined);
const message = 'must have a vector or an id, and not both';

export const SearchInput = z.strictObject(fields).refine(either, { message });
export type SearchInput = z.output<typeof SearchInput>;
export const SearchesInput = z.strictObject({ searches: z.array(SearchInput).min(1).max(LIMITS.searches) });

const Hits = z.array(z.object({ id: AnswerId, score: z.number(), properties: Properties }));
export const SearchAnswer = z.object({ asOf: AsOf, hits: Hits });
export type SearchAnswer = z.output<typeof SearchAnswer>;
export const SearchesAnswer = z.object({ asOf: AsOf, answers: z.array(z.object({ hits: Hits })) });

export const NeighborGraphInput = z.strictObject({
  k: K.default(10),
  minScore: z.number().optional(),
  filter: FilterText.optional().meta({
    description: 'Only neighbours that pass. Every vector is asked for its neighbours, whether it passes or not.',
  }),
});
export type NeighborGraphInput = z.output<typeof NeighborGraphInput>;

export const NearDuplicatesInput = z.strictObject({
  minScore: z.number().optional().meta({ description: 'Only pairs that score at least this.' }),
  limit: z.int().min(1).max(LIMITS.pairs).default(10_000).meta({ description: 'Only the best pairs.' }),
});
export type NearDuplicatesInput = z.output<typeof NearDuplicatesInput>;

/** A line of a result. */
export const ResultLine = z.union([
  z
    .object({ id: AnswerId, neighbors: z.array(z.object({ id: AnswerId, score: z.number() })) })
    .meta({ description: 'Of a neighbour graph: a vector and its nearest others, best first.' }),
  z
    .object({ a: AnswerId, b: AnswerId, score: z.number() })
    .meta({ description: 'Of near-duplicates: two vectors, the best pair first.' }),
]);
