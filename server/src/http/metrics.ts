/** What Prometheus reads: requests by route, and what the service holds. */
import type { Service } from '../live/service.js';

/** Upper ends in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

interface Counted {
  count: number;
  sum: number;
  readonly buckets: number[];
}

export class Metrics {
  readonly #requests = new Map<string, number>();
  readonly #durations = new Map<string, Counted>();
  underWay = 0;

  /** @param route the path of the route, never that of the request. */
  count(method: string, route: string, status: number, seconds: number): void {
    const labels = `method="${method}",route="${route}"`;
    const withStatus = `${labels},status="${status}"`;
    this.#requests.set(withStatus, (this.#requests.get(withStatus) ?? 0) + 1);
    const durations = this.#durations.get(labels) ?? { count: 0, sum: 0, buckets: BUCKETS.map(() => 0) };
    this.#durations.set(labels, durations);
    durations.count++;
    durations.sum += seconds;
    BUCKETS.forEach((end, n) => {
      if (seconds <= end) durations.buckets[n]++;
    });
  }

  text(service: Service): string {
    return [
      ...family(
        'kindred_requests_total',
        'counter',
        'Requests answered.',
        [...this.#requests].map(([labels, n]) => [labels, n]),
      ),
      '# HELP kindred_request_seconds Time from request to answer.',
      '# TYPE kindred_request_seconds histogram',
      ...[...this.#durations].flatMap(([labels, each]) => histogram(labels, each)),
      ...family('kindred_requests_under_way', 'gauge', 'Requests not answered yet.', [['', this.underWay]]),
      ...holdings(service),
      ...family('process_resident_memory_bytes', 'gauge', 'Memory of the process.', [['', process.memoryUsage.rss()]]),
      '',
    ].join('\n');
  }
}

function holdings({ tenants }: Service): string[] {
  const all = [...tenants.values()];
  const models = all.flatMap((tenant) => [...tenant.models.values()].map((model) => ({ tenant, model })));
  const ofModel = ({ tenant, model }: (typeof models)[number]) => `namespace="${tenant.name}",model="${model.name}"`;
  const indexes = all.flatMap((tenant) => [...tenant.indexes.values()].map((index) => ({ tenant, index })));
  const ofIndex = ({ tenant, index }: (typeof indexes)[number]) => `namespace="${tenant.name}",index="${index.name}"`;
  return [
    ...family(
      'kindred_sequence',
      'gauge',
      'The number of the last write.',
      all.map((each) => [`namespace="${each.name}"`, each.seq]),
    ),
    ...family(
      'kindred_items',
      'gauge',
      'Items known.',
      all.map((each) => [`namespace="${each.name}"`, each.catalogue.size]),
    ),
    ...family(
      'kindred_model_version',
      'gauge',
      'The version that answers.',
      models.map((each) => [ofModel(each), each.model.version]),
    ),
    ...family(
      'kindred_model_waiting_events',
      'gauge',
      'Events not taken in yet.',
      models.map((each) => [ofModel(each), each.model.waiting]),
    ),
    ...family(
      'kindred_index_vectors',
      'gauge',
      'Vectors in an index.',
      indexes.map((each) => [ofIndex(each), each.index.size]),
    ),
    ...family(
      'kindred_index_waiting_searches',
      'gauge',
      'Searches that wait.',
      indexes.map((each) => [ofIndex(each), each.index.batches.waiting]),
    ),
  ];
}

function family(
  name: string,
  type: string,
  help: string,
  values: readonly (readonly [labels: string, value: number])[],
): string[] {
  const lines = values.map(([labels, value]) => `${name}${labels === '' ? '' : `{${labels}}`} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines];
}

function histogram(labels: string, { count, sum, buckets }: Counted): string[] {
  return [
    ...buckets.map((n, at) => `kindred_request_seconds_bucket{${labels},le="${BUCKETS[at]}"} ${n}`),
    `kindred_request_seconds_bucket{${labels},le="+Inf"} ${count}`,
    `kindred_request_seconds_sum{${labels}} ${sum}`,
    `kindred_request_seconds_count{${labels}} ${count}`,
  ];
}
