/** Routes of scenarios: the questions of a product. */
import { z } from 'zod';
import { named } from '../../errors.js';
import { defineScenario, undefine } from '../../live/definitions.js';
import { explain, recommend, similarItems } from '../../scenarios/answer.js';
import { compareArms } from '../../scenarios/compare.js';
import { peopleYouMayKnow, similarUsers } from '../../scenarios/people.js';
import { Name, Written } from '../../schema/common.js';
import {
  ComparisonAnswer,
  ExplainAnswer,
  ExplainInput,
  PeopleYouMayKnowInput,
  RecommendAnswer,
  RecommendInput,
  ScenarioAnswer,
  ScenarioInput,
  SimilarItemsAnswer,
  SimilarItemsInput,
  SimilarUsersAnswer,
  SimilarUsersInput,
} from '../../schema/scenarios.js';
import { type Route, route } from '../route.js';

const OfScenario = z.object({ scenario: Name });
const params = { scenario: 'front-page' };

export const SCENARIOS: readonly Route[] = [
  route({
    name: 'putScenario',
    method: 'put',
    path: '/v1/scenarios/{scenario}',
    scope: 'admin',
    summary: 'Defines a scenario: a model with defaults and rules',
    detail: 'A split shares its users out among arms, to be compared: always the same arm for the same user.',
    params: OfScenario,
    body: ScenarioInput,
    answer: ScenarioAnswer,
    example: {
      params,
      body: { model: 'games', k: 5, split: { arms: [{ name: 'now' }, { name: 'varied', diverse: true }] } },
    },
    act: ({ service, tenant, params, body }) => defineScenario(service, tenant, params.scenario, body),
  }),
  route({
    name: 'listScenarios',
    method: 'get',
    path: '/v1/scenarios',
    scope: 'read',
    summary: 'Lists scenarios',
    answer: z.object({ scenarios: z.array(ScenarioAnswer) }),
    example: {},
    act: ({ tenant }) => ({
      scenarios: [...tenant.scenarios].map(([scenario, definition]) => ({ scenario, ...definition })),
    }),
  }),
  route({
    name: 'getScenario',
    method: 'get',
    path: '/v1/scenarios/{scenario}',
    scope: 'read',
    summary: 'Tells what a scenario is',
    params: OfScenario,
    answer: ScenarioAnswer,
    example: { params },
    act: ({ tenant, params: { scenario } }) => ({ scenario, ...named(tenant.scenarios, 'scenario', scenario) }),
  }),
  route({
    name: 'recommend',
    method: 'post',
    path: '/v1/scenarios/{scenario}/recommend',
    scope: 'read',
    summary: 'Recommends items to a user, or for a profile',
    detail:
      'What the user has, what is hidden or expired, and what a filter leaves out is gone before the best are counted. A list that the model cannot fill ends with what is popular, marked. The next page names nothing again.',
    params: OfScenario,
    body: RecommendInput,
    answer: RecommendAnswer,
    example: { params, body: { user: 'dee', k: 3, filter: "kind = 'board' and players <= 2", explain: true } },
    act: ({ tenant, params, body }) => recommend(tenant, params.scenario, body),
  }),
  route({
    name: 'similarItems',
    method: 'post',
    path: '/v1/scenarios/{scenario}/similar-items',
    scope: 'read',
    summary: 'Finds the items most like one',
    params: OfScenario,
    body: SimilarItemsInput,
    answer: SimilarItemsAnswer,
    example: { params, body: { item: 'go', k: 3 } },
    act: ({ tenant, params, body }) => similarItems(tenant, params.scenario, body),
  }),
  route({
    name: 'similarUsers',
    method: 'post',
    path: '/v1/scenarios/{scenario}/similar-users',
    scope: 'read',
    summary: 'Finds the users most like one',
    params: OfScenario,
    body: SimilarUsersInput,
    answer: SimilarUsersAnswer,
    example: { params, body: { user: 'dee', k: 3 } },
    act: ({ service, tenant, params, body }) => similarUsers(service, tenant, params.scenario, body),
  }),
  route({
    name: 'peopleYouMayKnow',
    method: 'post',
    path: '/v1/scenarios/{scenario}/people-you-may-know',
    scope: 'read',
    summary: 'Finds users like one whom the user is not connected with yet',
    detail:
      'A connection is an event of the user whose type is named by connections and whose item is the id of the other. One with the value 0 or less ends it. It holds one way.',
    params: OfScenario,
    body: PeopleYouMayKnowInput,
    answer: SimilarUsersAnswer,
    example: { params, body: { user: 'dee', k: 3 } },
    act: ({ service, tenant, params, body }) => peopleYouMayKnow(service, tenant, params.scenario, body),
  }),
  route({
    name: 'explain',
    method: 'post',
    path: '/v1/scenarios/{scenario}/explain',
    scope: 'read',
    summary: 'Says what the score of an item is made of',
    detail: 'The contributions add up to the score.',
    params: OfScenario,
    body: ExplainInput,
    answer: ExplainAnswer,
    example: { params, body: { user: 'dee', item: 'go' } },
    act: ({ tenant, params, body }) => explain(tenant, params.scenario, body),
  }),
  route({
    name: 'compareArms',
    method: 'get',
    path: '/v1/scenarios/{scenario}/comparison',
    scope: 'read',
    summary: 'Compares the arms of a split by what their answers led to',
    detail:
      'Events count for the arm whose recommId they name. Users are the unit of the intervals. Numbers that are too small for one say so.',
    params: OfScenario,
    answer: ComparisonAnswer,
    example: { params },
    act: ({ service, tenant, params }) => compareArms(service, tenant, params.scenario),
  }),
];

export const SCENARIO_ENDS: readonly Route[] = [
  route({
    name: 'deleteScenario',
    method: 'delete',
    path: '/v1/scenarios/{scenario}',
    scope: 'admin',
    summary: 'Deletes a scenario',
    params: OfScenario,
    answer: Written,
    example: { params },
    act: ({ service, tenant, params }) => undefine(service, tenant, 'scenario', params.scenario),
  }),
];
