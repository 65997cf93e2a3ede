/** Routes of events, items and users. */
import { z } from 'zod';
import { getItem, getUser, listUsers, putItems, putUser } from '../../behaviour/catalogue.js';
import { takeEvents } from '../../behaviour/events.js';
import { forget } from '../../behaviour/forget.js';
import { takeLines } from '../../behaviour/lines.js';
import {
  EventInput,
  EventsInput,
  EventsTaken,
  Forgotten,
  ItemAnswer,
  ItemInput,
  ItemsInput,
  LinesTaken,
  StoredEvent,
  UserAnswer,
  UserInput,
} from '../../schema/behaviour.js';
import { AnswerId, Id, Page, Written } from '../../schema/common.js';
import { type Route, route } from '../route.js';

const OfUser = z.object({ user: Id });
const OfItem = z.object({ item: Id });
const EventPage = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  after: z.coerce.number().int().min(0).optional().meta({ description: 'The last seq of the page before.' }),
});

export const BEHAVIOUR: readonly Route[] = [
  route({
    name: 'addEvent',
    method: 'post',
    path: '/v1/events',
    scope: 'write',
    summary: 'Takes in one event',
    detail: 'It is on the disk when the answer comes, and every answer from then on can know of it.',
    body: EventInput,
    answer: EventsTaken,
    example: { body: { user: 'ann', item: 'chess', type: 'play', key: 'ann-chess-1' } },
    act: ({ service, tenant, body }) => takeEvents(service, tenant, [body]),
  }),
  route({
    name: 'addEvents',
    method: 'post',
    path: '/v1/events/batch',
    scope: 'write',
    summary: 'Takes in many events, all or none',
    body: EventsInput,
    answer: EventsTaken,
    example: {
      body: {
        events: [
          { user: 'ann', item: 'go', type: 'play' },
          { user: 'ben', item: 'chess', type: 'play' },
          { user: 'ben', item: 'go', type: 'play', value: 2 },
          { user: 'ben', item: 'shogi', type: 'play', time: '2026-01-31T12:00:00Z' },
          { user: 'cas', item: 'poker', type: 'play' },
          { user: 'cas', item: 'go', type: 'play' },
          { user: 'dee', item: 'chess', type: 'play' },
        ],
      },
    },
    act: ({ service, tenant, body }) => takeEvents(service, tenant, body.events),
  }),
  route({
    name: 'addEventLines',
    method: 'post',
    path: '/v1/events/lines',
    scope: 'write',
    summary: 'Takes in a stream of events, one JSON object a line',
    detail:
      'A bad line is refused with its number, and the others are taken. The type of the body is application/x-ndjson.',
    body: EventInput,
    lines: true,
    answer: LinesTaken,
    example: {
      body: [
        { user: 'eve', item: 'go', type: 'play' },
        { user: 'eve', item: 'shogi', type: 'play' },
      ],
    },
    act: ({ service, tenant, lines }) => takeLines(service, tenant, lines),
  }),
  route({
    name: 'putItem',
    method: 'put',
    path: '/v1/items/{item}',
    scope: 'write',
    summary: 'Says what an item is',
    params: OfItem,
    body: ItemInput,
    answer: Written,
    example: { params: { item: 'chess' }, body: { properties: { kind: 'board', players: 2, tags: ['old', 'war'] } } },
    act: ({ service, tenant, params, body }) => putItems(service, tenant, [{ ...params, ...body }]),
  }),
  route({
    name: 'putItems',
    method: 'put',
    path: '/v1/items',
    scope: 'write',
    summary: 'Says what many items are, all or none',
    body: ItemsInput,
    answer: Written,
    example: {
      body: {
        items: [
          { item: 'go', properties: { kind: 'board', players: 2 } },
          { item: 'shogi', properties: { kind: 'board', players: 2 } },
          { item: 'poker', properties: { kind: 'cards', players: 6 }, hidden: false, expires: '2100-01-01T00:00:00Z' },
        ],
      },
    },
    act: ({ service, tenant, body }) => putItems(service, tenant, body.items),
  }),
  route({
    name: 'getItem',
    method: 'get',
    path: '/v1/items/{item}',
    scope: 'read',
    summary: 'Tells what an item is',
    params: OfItem,
    answer: ItemAnswer,
    example: { params: { item: 'chess' } },
    act: ({ tenant, params }) => getItem(tenant, params.item),
  }),
  route({
    name: 'listItems',
    method: 'get',
    path: '/v1/items',
    scope: 'read',
    summary: 'Lists items by id',
    query: Page,
    answer: z.object({ items: z.array(ItemAnswer) }),
    example: { query: 'limit=2' },
    act: ({ tenant, query }) => ({ items: tenant.catalogue.list(query) }),
  }),
  route({
    name: 'deleteItem',
    method: 'delete',
    path: '/v1/items/{item}',
    scope: 'write',
    summary: 'Takes an item out of everything',
    detail: 'Its events go too, and models no longer know it.',
    params: OfItem,
    answer: Forgotten,
    example: { params: { item: 'poker' } },
    act: ({ service, tenant, params, caller }) => forget(service, tenant, 'item', params.item, caller.id),
  }),
  route({
    name: 'putUser',
    method: 'put',
    path: '/v1/users/{user}',
    scope: 'write',
    summary: 'Says what a user is',
    params: OfUser,
    body: UserInput,
    answer: Written,
    example: { params: { user: 'dee' }, body: { properties: { country: 'NL' } } },
    act: ({ service, tenant, params, body }) => putUser(service, tenant, params.user, body.properties),
  }),
  route({
    name: 'getUser',
    method: 'get',
    path: '/v1/users/{user}',
    scope: 'read',
    summary: 'Tells what a user is',
    params: OfUser,
    answer: UserAnswer,
    example: { params: { user: 'dee' } },
    act: ({ service, tenant, params }) => getUser(service, tenant, params.user),
  }),
  route({
    name: 'listUsers',
    method: 'get',
    path: '/v1/users',
    scope: 'read',
    summary: 'Lists users by id',
    query: Page,
    answer: z.object({ users: z.array(AnswerId) }),
    example: {},
    act: ({ service, tenant, query }) => listUsers(service, tenant, query),
  }),
  route({
    name: 'listEventsOfUser',
    method: 'get',
    path: '/v1/users/{user}/events',
    scope: 'read',
    summary: 'Lists what a user did, oldest first',
    params: OfUser,
    query: EventPage,
    answer: z.object({ events: z.array(StoredEvent) }),
    example: { params: { user: 'ben' } },
    act: async ({ service, tenant, params, query }) => ({
      events: await service.store.eventsOfUser(tenant.name, params.user, query),
    }),
  }),
  route({
    name: 'forgetUser',
    method: 'delete',
    path: '/v1/users/{user}',
    scope: 'write',
    summary: 'Forgets a person',
    detail:
      'The id, the properties and the events leave the store, the models and their files in one write, which the audit keeps by a hash. Models that take in events at once then equal a training without the person; others are trained anew.',
    params: OfUser,
    answer: Forgotten,
    example: { params: { user: 'cas' } },
    act: ({ service, tenant, params, caller }) => forget(service, tenant, 'user', params.user, caller.id),
  }),
];
