/** Every route of the API, in the order in which their examples work one after the other. */
import type { Route } from '../route.js';
import { ADMINISTRATION } from './administration.js';
import { BEHAVIOUR } from './behaviour.js';
import { INDEX_ENDS, INDEXES } from './indexes.js';
import { JOBS } from './jobs.js';
import { MODEL_ENDS, MODELS } from './models.js';
import { SCENARIO_ENDS, SCENARIOS } from './scenarios.js';

const isEnd = ({ method }: Route) => method === 'delete';

/** Headings of the reference, each with its routes. */
export const SECTIONS: readonly { readonly title: string; readonly routes: readonly Route[] }[] = [
  { title: 'Events, items, users', routes: BEHAVIOUR.filter((each) => !isEnd(each)) },
  { title: 'Models', routes: MODELS },
  { title: 'Scenarios', routes: SCENARIOS },
  { title: 'Indexes', routes: INDEXES },
  { title: 'Jobs', routes: JOBS },
  { title: 'Taking away', routes: [...BEHAVIOUR.filter(isEnd), ...SCENARIO_ENDS, ...MODEL_ENDS, ...INDEX_ENDS] },
  { title: 'Namespaces and keys', routes: ADMINISTRATION },
];

export const ROUTES: readonly Route[] = SECTIONS.flatMap(({ routes }) => routes);
