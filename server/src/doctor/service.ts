/** What only a service that runs knows: trainings that failed, filters that let nothing pass, questions answered. */

import type { Service } from '../live/service.js';
import type { Tenant } from '../live/tenant.js';
import { filtersOf } from '../scenarios/split.js';
import type { Finding } from './finding.js';

/** Questions before a share says anything. */
const QUESTIONS_MIN = 20;

export function examineService(service: Service): Finding[] {
  return [...service.tenants.values()].flatMap((tenant) => [
    ...failedTrainings(service, tenant),
    ...[...tenant.scenarios].flatMap(([name, scenario]) => [
      ...closedFilters(tenant, name, filtersOf(scenario)),
      ...poorAnswers(tenant, name),
    ]),
  ]);
}

function failedTrainings({ jobs }: Service, { name: namespace, models }: Tenant): Finding[] {
  const trainings = jobs.list(namespace).filter(({ kind, state }) => kind === 'train' && state !== 'running');
  return [...models.keys()].flatMap((model): Finding[] => {
    const last = trainings.filter((each) => each.model === model).at(-1);
    if (last?.state !== 'failed') return [];
    return [
      {
        level: 'wrong',
        about: `model ${model} (${namespace})`,
        says: `Its last training failed: ${last.error?.detail ?? 'nobody knows why'}`,
        remedy: `Mend that, and train it: POST /v1/models/${model}/train. The version before answers meanwhile.`,
      },
    ];
  });
}

function closedFilters({ catalogue, name: namespace }: Tenant, name: string, filters: readonly string[]): Finding[] {
  if (catalogue.size === 0) return [];
  return filters
    .filter((filter) => catalogue.select([filter])?.length === 0)
    .map((filter) => ({
      level: 'wrong',
      about: `scenario ${name} (${namespace})`,
      says: `No item passes its filter ${JSON.stringify(filter)}, so lists are empty.`,
      remedy: `Compare it with the properties of items (GET /v1/items), and put the scenario anew.`,
    }));
}

function poorAnswers({ questions, name: namespace }: Tenant, name: string): Finding[] {
  const { questions: all, fallback, empty } = questions.answered(name);
  if (all < QUESTIONS_MIN) return [];
  const found: Finding[] = [];
  const add = (n: number, what: string, remedy: string) => {
    if (n * 2 <= all) return;
    const says = `${n} of ${all} questions since the start were answered with ${what}.`;
    found.push({ level: 'note', about: `scenario ${name} (${namespace})`, says, remedy });
  };
  add(
    fallback,
    'what is popular alone',
    'Most who ask are unknown to the model. See whether events and questions name users by the same ids.',
  );
  add(
    empty,
    'an empty list',
    'See the filters of the scenario and of questions, hidden and expired items, and minScore.',
  );
  return found;
}
