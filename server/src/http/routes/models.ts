/** Routes of models. */
import { z } from 'zod';
import { undefine } from '../../live/definitions.js';
import { defineModel, describeModel, evaluateModel, rollBack, trainModel } from '../../models/versions.js';
import { Name, Written } from '../../schema/common.js';
import { Job } from '../../schema/jobs.js';
import { EvaluateInput, ModelAnswer, ModelInput, Rollback } from '../../schema/models.js';
import { type Route, route } from '../route.js';

const OfModel = z.object({ model: Name });

export const MODELS: readonly Route[] = [
  route({
    name: 'putModel',
    method: 'put',
    path: '/v1/models/{model}',
    scope: 'admin',
    summary: 'Defines a model',
    detail:
      'Kinds item-knn, user-knn and popularity take in every event at once. Where there are events already, a training begins.',
    params: OfModel,
    body: ModelInput,
    answer: ModelAnswer,
    example: { params: { model: 'games' }, body: { kind: 'item-knn', events: { play: 1 } } },
    act: ({ service, tenant, params, body }) => defineModel(service, tenant, params.model, body),
  }),
  route({
    name: 'listModels',
    method: 'get',
    path: '/v1/models',
    scope: 'read',
    summary: 'Lists models',
    answer: z.object({ models: z.array(ModelAnswer) }),
    example: {},
    act: async ({ service, tenant }) => ({
      models: await Promise.all([...tenant.models.keys()].map((name) => describeModel(service, tenant, name))),
    }),
  }),
  route({
    name: 'getModel',
    method: 'get',
    path: '/v1/models/{model}',
    scope: 'read',
    summary: 'Tells what a model knows, and its versions',
    params: OfModel,
    answer: ModelAnswer,
    example: { params: { model: 'games' } },
    act: ({ service, tenant, params }) => describeModel(service, tenant, params.model),
  }),
  route({
    name: 'trainModel',
    method: 'post',
    path: '/v1/models/{model}/train',
    scope: 'admin',
    summary: 'Begins a training',
    detail: 'It runs on a thread of its own. Answers go on, and events that come meanwhile are taken in after it.',
    params: OfModel,
    answer: Job,
    status: 202,
    example: { params: { model: 'games' } },
    act: ({ service, tenant, params }) => trainModel(service, tenant, params.model),
  }),
  route({
    name: 'evaluateModel',
    method: 'post',
    path: '/v1/models/{model}/evaluate',
    scope: 'admin',
    summary: 'Measures how well the model finds what people did next',
    detail:
      'It learns from the earlier events and is tested on the latest, over all items, beside what is popular, with intervals.',
    params: OfModel,
    body: EvaluateInput,
    answer: Job,
    status: 202,
    example: { params: { model: 'games' }, body: { k: 2, ratio: 0.2 } },
    act: ({ service, tenant, params, body }) => evaluateModel(service, tenant, params.model, body),
  }),
  route({
    name: 'rollBackModel',
    method: 'post',
    path: '/v1/models/{model}/rollback',
    scope: 'admin',
    summary: 'Answers from an earlier version',
    detail: 'Events since then are taken in.',
    params: OfModel,
    body: Rollback,
    answer: ModelAnswer,
    example: { params: { model: 'games' }, body: { version: 1 } },
    act: ({ service, tenant, params, body }) => rollBack(service, tenant, params.model, body.version),
  }),
];

export const MODEL_ENDS: readonly Route[] = [
  route({
    name: 'deleteModel',
    method: 'delete',
    path: '/v1/models/{model}',
    scope: 'admin',
    summary: 'Deletes a model and its versions',
    params: OfModel,
    answer: Written,
    example: { params: { model: 'games' } },
    act: ({ service, tenant, params }) => undefine(service, tenant, 'model', params.model),
  }),
];
