/** Routes of indexes of vectors. */
import { z } from 'zod';
import { named } from '../../errors.js';
import { startNearDuplicates, startNeighborGraph } from '../../indexes/graph-jobs.js';
import {
  defineIndex,
  deleteVectors,
  describeIndex,
  putVectors,
  searchIndex,
  searchMany,
} from '../../indexes/operations.js';
import { undefine } from '../../live/definitions.js';
import { Id, Name, Written } from '../../schema/common.js';
import {
  IndexAnswer,
  IndexInput,
  NearDuplicatesInput,
  NeighborGraphInput,
  SearchAnswer,
  SearchesAnswer,
  SearchesInput,
  SearchInput,
  VectorAnswer,
  VectorIds,
  VectorsDeleted,
  VectorsInput,
} from '../../schema/indexes.js';
import { Job } from '../../schema/jobs.js';
import { type Route, route } from '../route.js';

const OfIndex = z.object({ index: Name });
const params = { index: 'drinks' };

export const INDEXES: readonly Route[] = [
  route({
    name: 'putIndex',
    method: 'put',
    path: '/v1/indexes/{index}',
    scope: 'admin',
    summary: 'Defines an index',
    params: OfIndex,
    body: IndexInput,
    answer: IndexAnswer,
    example: { params, body: { dim: 3, metric: 'cosine' } },
    act: ({ service, tenant, params, body }) => defineIndex(service, tenant, params.index, body),
  }),
  route({
    name: 'listIndexes',
    method: 'get',
    path: '/v1/indexes',
    scope: 'read',
    summary: 'Lists indexes',
    answer: z.object({ indexes: z.array(IndexAnswer) }),
    example: {},
    act: ({ tenant }) => ({ indexes: [...tenant.indexes.keys()].map((name) => describeIndex(tenant, name)) }),
  }),
  route({
    name: 'getIndex',
    method: 'get',
    path: '/v1/indexes/{index}',
    scope: 'read',
    summary: 'Tells what an index holds',
    params: OfIndex,
    answer: IndexAnswer,
    example: { params },
    act: ({ tenant, params }) => describeIndex(tenant, params.index),
  }),
  route({
    name: 'putVectors',
    method: 'put',
    path: '/v1/indexes/{index}/vectors',
    scope: 'write',
    summary: 'Adds or replaces vectors, all or none',
    params: OfIndex,
    body: VectorsInput,
    answer: Written,
    example: {
      params,
      body: {
        vectors: [
          { id: 'tea', vector: [0.9, 0.1, 0], properties: { hot: true } },
          { id: 'coffee', vector: [0.8, 0.3, 0.1], properties: { hot: true } },
          { id: 'motor oil', vector: [0, 0.2, 0.9] },
        ],
      },
    },
    act: ({ service, tenant, params, body }) => putVectors(service, tenant, params.index, body.vectors),
  }),
  route({
    name: 'getVector',
    method: 'get',
    path: '/v1/indexes/{index}/vectors/{id}',
    scope: 'read',
    summary: 'Gives a vector back',
    params: z.object({ index: Name, id: Id }),
    answer: VectorAnswer,
    example: { params: { ...params, id: 'motor oil' } },
    act: ({ tenant, params }) => {
      const { vector, ...row } = named(tenant.indexes, 'index', params.index).get(params.id);
      return { ...row, vector: [...vector] };
    },
  }),
  route({
    name: 'searchIndex',
    method: 'post',
    path: '/v1/indexes/{index}/search',
    scope: 'read',
    summary: 'Finds the nearest vectors, exactly',
    detail: 'By a vector, or by the id of one. A filter holds before the best are counted.',
    params: OfIndex,
    body: SearchInput,
    answer: SearchAnswer,
    example: { params, body: { vector: [1, 0.2, 0], k: 2, filter: 'hot = true' } },
    act: ({ tenant, params, body }) => searchIndex(tenant, params.index, body),
  }),
  route({
    name: 'searchIndexMany',
    method: 'post',
    path: '/v1/indexes/{index}/search/batch',
    scope: 'read',
    summary: 'Answers many searches at once',
    params: OfIndex,
    body: SearchesInput,
    answer: SearchesAnswer,
    example: {
      params,
      body: {
        searches: [
          { id: 'tea', k: 1 },
          { vector: [0, 0, 1], k: 1 },
        ],
      },
    },
    act: ({ tenant, params, body }) => searchMany(tenant, params.index, body.searches),
  }),
  route({
    name: 'neighborGraph',
    method: 'post',
    path: '/v1/indexes/{index}/neighbor-graph',
    scope: 'admin',
    summary: 'Begins to find the nearest others of every vector',
    detail:
      'The vectors are those of the moment at which the job begins. GET /v1/jobs/{job}/result has a line for each.',
    params: OfIndex,
    body: NeighborGraphInput,
    answer: Job,
    status: 202,
    example: { params, body: { k: 2 } },
    act: ({ service, tenant, params, body }) => startNeighborGraph(service, tenant, params.index, body),
  }),
  route({
    name: 'nearDuplicates',
    method: 'post',
    path: '/v1/indexes/{index}/near-duplicates',
    scope: 'admin',
    summary: 'Begins to find pairs of vectors that are nearly equal',
    detail: 'The best pairs, each once. GET /v1/jobs/{job}/result has a line for each.',
    params: OfIndex,
    body: NearDuplicatesInput,
    answer: Job,
    status: 202,
    example: { params, body: { minScore: 0.9 } },
    act: ({ service, tenant, params, body }) => startNearDuplicates(service, tenant, params.index, body),
  }),
  route({
    name: 'deleteVectors',
    method: 'post',
    path: '/v1/indexes/{index}/vectors/delete',
    scope: 'write',
    summary: 'Removes vectors by id',
    params: OfIndex,
    body: VectorIds,
    answer: VectorsDeleted,
    example: { params, body: { ids: ['motor oil'] } },
    act: ({ service, tenant, params, body }) => deleteVectors(service, tenant, params.index, body.ids),
  }),
];

export const INDEX_ENDS: readonly Route[] = [
  route({
    name: 'deleteIndex',
    method: 'delete',
    path: '/v1/indexes/{index}',
    scope: 'admin',
    summary: 'Deletes an index and its vectors',
    params: OfIndex,
    answer: Written,
    example: { params },
    act: ({ service, tenant, params }) => undefine(service, tenant, 'index', params.index),
  }),
];
