/** Routes of namespaces and keys. */
import { z } from 'zod';
import { examine } from '../../doctor/examine.js';
import { KeyAnswer, KeyInput, KeyMade, NamespaceAnswer } from '../../schema/administration.js';
import { Name, Written } from '../../schema/common.js';
import { Diagnosis } from '../../schema/diagnosis.js';
import { type Route, route } from '../route.js';

const OfNamespace = z.object({ namespace: Name });
const OfKey = z.object({ key: z.string().max(64) });

export const ADMINISTRATION: readonly Route[] = [
  route({
    name: 'diagnose',
    method: 'get',
    path: '/v1/diagnosis',
    scope: 'read',
    everywhere: true,
    summary: 'Says what is wrong, and what to do',
    detail: 'The same as the command kindred-server doctor --url, and as the page /status.',
    answer: Diagnosis,
    example: {},
    act: async ({ service }) => ({ findings: await examine(service) }),
  }),
  route({
    name: 'putNamespace',
    method: 'put',
    path: '/v1/namespaces/{namespace}',
    scope: 'admin',
    everywhere: true,
    summary: 'Makes a namespace: a tenant that shares nothing with others',
    detail: 'Requests name theirs in the header Kindred-Namespace; without it they mean the namespace default.',
    params: OfNamespace,
    answer: NamespaceAnswer.extend(Written.shape),
    example: { params: { namespace: 'acme' } },
    act: ({ service, params }) => service.createNamespace(params.namespace),
  }),
  route({
    name: 'listNamespaces',
    method: 'get',
    path: '/v1/namespaces',
    scope: 'admin',
    everywhere: true,
    summary: 'Lists namespaces',
    answer: z.object({ namespaces: z.array(z.string()) }),
    example: {},
    act: ({ service }) => ({ namespaces: [...service.tenants.keys()] }),
  }),
  route({
    name: 'deleteNamespace',
    method: 'delete',
    path: '/v1/namespaces/{namespace}',
    scope: 'admin',
    everywhere: true,
    summary: 'Deletes a namespace with all that it holds',
    params: OfNamespace,
    answer: Written,
    example: { params: { namespace: 'acme' } },
    act: ({ service, params }) => service.deleteNamespace(params.namespace),
  }),
  route({
    name: 'listKeys',
    method: 'get',
    path: '/v1/keys',
    scope: 'admin',
    everywhere: true,
    summary: 'Lists keys, without their secrets',
    answer: z.object({ keys: z.array(KeyAnswer) }),
    example: {},
    act: ({ keys }) => ({ keys: keys.list() }),
  }),
  route({
    name: 'makeKey',
    method: 'post',
    path: '/v1/keys',
    scope: 'admin',
    everywhere: true,
    summary: 'Makes a key, and shows its secret once',
    detail: 'From the first key on, every request needs one. The first must have the scope admin, for all namespaces.',
    body: KeyInput,
    answer: KeyMade,
    example: { body: { scopes: ['read', 'write', 'admin'] } },
    act: ({ keys, body }) => keys.make(body),
  }),
  route({
    name: 'deleteKey',
    method: 'delete',
    path: '/v1/keys/{key}',
    scope: 'admin',
    everywhere: true,
    summary: 'Ends a key at once',
    params: OfKey,
    answer: Written,
    example: { params: { key: '{key}' } },
    act: ({ keys, params }) => keys.delete(params.key),
  }),
  route({
    name: 'reloadConfiguration',
    method: 'post',
    path: '/v1/configuration/reload',
    scope: 'admin',
    everywhere: true,
    summary: 'Reads the configuration again',
    detail:
      'All of it holds from then on, or none. What cannot change without a restart is refused by name, and a bad file by its line.',
    answer: z.object({ changed: z.array(z.string()) }),
    example: {},
    act: ({ service }) => service.reloadConfiguration(),
  }),
];
