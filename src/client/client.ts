/** The service as an object: a method for each question. */
import type * as defined from './definitions.js';
import { type ClientOptions, type Send, sending } from './send.js';
import type * as wire from './types.js';

/**
 * Asks a kindred-server. A request that gets no answer is sent again; events carry keys, so that none counts twice.
 * Needs nothing but `fetch`: it runs in browsers, edge runtimes and Node. Methods reject with RequestError.
 * @example
 * const answer = { items: [{ item: 'go', properties: {}, hidden: false, expires: null }] };
 * const fetch = async () => ({ status: 200, headers: new Map<string, string>(), text: async () => JSON.stringify(answer) });
 * const client = new KindredClient('http://localhost:7878', { fetch: fetch as never });
 * (await client.listItems())[0].item; // 'go'
 */
export class KindredClient {
  /** Sends what no method is for, such as `send('GET', '/readyz')`. */
  readonly send: Send;

  /** @throws KindredError INVALID_ARGUMENT for what is no address, and for options */
  constructor(url: string, options: ClientOptions = {}) {
    this.send = sending(url, options);
  }

  /** A question, or an event with a key: asked twice, it does what it does once. */
  #ask<Answer>(path: string, body: object): Promise<Answer> {
    return this.send('POST', path, body, true);
  }

  /** Takes in one event. It is on the disk when the promise resolves. */
  addEvent(event: wire.EventInput): Promise<wire.EventsTaken> {
    return this.#ask('/v1/events', withKey(event));
  }

  /** Takes in up to 10,000 events, all or none. */
  addEvents(events: Iterable<wire.EventInput>): Promise<wire.EventsTaken> {
    return this.#ask('/v1/events/batch', { events: Array.from(events, withKey) });
  }

  /** Says what an item is: what filters ask for, whether it is hidden, when it expires. */
  putItem(item: wire.WireId, input: wire.ItemInput): Promise<wire.Written> {
    return this.send('PUT', `/v1/items/${part(item)}`, input);
  }

  putItems(items: Iterable<wire.ItemInput & { readonly item: wire.WireId }>): Promise<wire.Written> {
    return this.send('PUT', '/v1/items', { items: [...items] });
  }

  getItem(item: wire.WireId): Promise<wire.ItemAnswer> {
    return this.send('GET', `/v1/items/${part(item)}`);
  }

  /** Items by id, from behind one. */
  async listItems(
    page: { readonly after?: string; readonly limit?: number } = {},
  ): Promise<readonly wire.ItemAnswer[]> {
    return (await this.send<{ items: readonly wire.ItemAnswer[] }>('GET', `/v1/items${queryOf(page)}`)).items;
  }

  /** Takes an item out of everything. */
  deleteItem(item: wire.WireId): Promise<wire.Forgotten> {
    return this.send('DELETE', `/v1/items/${part(item)}`);
  }

  putUser(user: wire.WireId, input: { readonly properties?: wire.WireProperties }): Promise<wire.Written> {
    return this.send('PUT', `/v1/users/${part(user)}`, input);
  }

  getUser(user: wire.WireId): Promise<wire.UserAnswer> {
    return this.send('GET', `/v1/users/${part(user)}`);
  }

  /** Ids of users in order, from behind one. */
  async listUsers(page: { readonly after?: string; readonly limit?: number } = {}): Promise<readonly string[]> {
    return (await this.send<{ users: readonly string[] }>('GET', `/v1/users${queryOf(page)}`)).users;
  }

  /** What a user did, oldest first, from behind a `seq`. */
  async listEvents(
    user: wire.WireId,
    page: { readonly after?: number; readonly limit?: number } = {},
  ): Promise<readonly wire.StoredEvent[]> {
    const path = `/v1/users/${part(user)}/events${queryOf(page)}`;
    return (await this.send<{ events: readonly wire.StoredEvent[] }>('GET', path)).events;
  }

  /** Forgets a person in the store, the models and their files. */
  forgetUser(user: wire.WireId): Promise<wire.Forgotten> {
    return this.send('DELETE', `/v1/users/${part(user)}`);
  }

  recommend(scenario: string, input: wire.RecommendInput): Promise<wire.RecommendAnswer> {
    return this.#ask(`/v1/scenarios/${part(scenario)}/recommend`, input);
  }

  similarItems(scenario: string, input: wire.SimilarItemsInput): Promise<wire.SimilarItemsAnswer> {
    return this.#ask(`/v1/scenarios/${part(scenario)}/similar-items`, input);
  }

  similarUsers(scenario: string, input: wire.SimilarUsersInput): Promise<wire.SimilarUsersAnswer> {
    return this.#ask(`/v1/scenarios/${part(scenario)}/similar-users`, input);
  }

  /** Users like one whom the user is not connected with: no event of the user names them as its item. */
  peopleYouMayKnow(scenario: string, input: wire.PeopleYouMayKnowInput): Promise<wire.SimilarUsersAnswer> {
    return this.#ask(`/v1/scenarios/${part(scenario)}/people-you-may-know`, input);
  }

  /** The next page of an answer. It repeats nothing and leaves nothing out. */
  nextPage(scenario: string, answer: { readonly recommId: string }): Promise<wire.RecommendAnswer> {
    return this.#ask(`/v1/scenarios/${part(scenario)}/recommend`, { next: answer.recommId });
  }

  /** What the score of an item is made of; the contributions add up to it. */
  explain(scenario: string, input: wire.ExplainInput): Promise<wire.ExplainAnswer> {
    return this.#ask(`/v1/scenarios/${part(scenario)}/explain`, input);
  }

  /** What the arms of a scenario that is split have led to, and what can be said of it. */
  compareArms(scenario: string): Promise<wire.ComparisonAnswer> {
    return this.send('GET', `/v1/scenarios/${part(scenario)}/comparison`);
  }

  /** Defines a model. Where there are events already, a training begins. */
  putModel(model: string, input: defined.ModelInput = {}): Promise<defined.ModelAnswer> {
    return this.send('PUT', `/v1/models/${part(model)}`, input);
  }

  /** What a model knows, and its versions. */
  getModel(model: string): Promise<defined.ModelAnswer> {
    return this.send('GET', `/v1/models/${part(model)}`);
  }

  async listModels(): Promise<readonly defined.ModelAnswer[]> {
    return (await this.send<{ models: readonly defined.ModelAnswer[] }>('GET', '/v1/models')).models;
  }

  deleteModel(model: string): Promise<wire.Written> {
    return this.send('DELETE', `/v1/models/${part(model)}`);
  }

  /** Answers from an earlier version, with the events since then taken in. */
  rollBackModel(model: string, version: number): Promise<defined.ModelAnswer> {
    return this.#ask(`/v1/models/${part(model)}/rollback`, { version });
  }

  /** Defines the name under which a product asks. */
  putScenario(scenario: string, input: defined.ScenarioInput): Promise<defined.ScenarioAnswer> {
    return this.send('PUT', `/v1/scenarios/${part(scenario)}`, input);
  }

  getScenario(scenario: string): Promise<defined.ScenarioAnswer> {
    return this.send('GET', `/v1/scenarios/${part(scenario)}`);
  }

  async listScenarios(): Promise<readonly defined.ScenarioAnswer[]> {
    return (await this.send<{ scenarios: readonly defined.ScenarioAnswer[] }>('GET', '/v1/scenarios')).scenarios;
  }

  deleteScenario(scenario: string): Promise<wire.Written> {
    return this.send('DELETE', `/v1/scenarios/${part(scenario)}`);
  }

  /** Begins a training. Answers go on meanwhile. */
  trainModel(model: string): Promise<defined.WireJob> {
    return this.send('POST', `/v1/models/${part(model)}/train`);
  }

  /** Measures how well a model finds what people did next: its report is the result of the job. */
  evaluateModel(model: string, input: { readonly k?: number; readonly ratio?: number } = {}): Promise<defined.WireJob> {
    return this.send('POST', `/v1/models/${part(model)}/evaluate`, input);
  }

  async listJobs(): Promise<readonly defined.WireJob[]> {
    return (await this.send<{ jobs: readonly defined.WireJob[] }>('GET', '/v1/jobs')).jobs;
  }

  getJob(job: string): Promise<defined.WireJob> {
    return this.send('GET', `/v1/jobs/${part(job)}`);
  }

  async getJobLog(job: string): Promise<defined.WireJobLog> {
    return (await this.send<{ lines: defined.WireJobLog }>('GET', `/v1/jobs/${part(job)}/log`)).lines;
  }

  /** Ends a job, and waits until it has ended. */
  cancelJob(job: string): Promise<defined.WireJob> {
    return this.send('DELETE', `/v1/jobs/${part(job)}`);
  }

  putIndex(index: string, input: defined.IndexInput): Promise<defined.IndexAnswer> {
    return this.send('PUT', `/v1/indexes/${part(index)}`, input);
  }

  getIndex(index: string): Promise<defined.IndexAnswer> {
    return this.send('GET', `/v1/indexes/${part(index)}`);
  }

  async listIndexes(): Promise<readonly defined.IndexAnswer[]> {
    return (await this.send<{ indexes: readonly defined.IndexAnswer[] }>('GET', '/v1/indexes')).indexes;
  }

  deleteIndex(index: string): Promise<wire.Written> {
    return this.send('DELETE', `/v1/indexes/${part(index)}`);
  }

  /** Adds or replaces vectors of an index, all or none. */
  putVectors(index: string, vectors: Iterable<wire.VectorInput>): Promise<wire.Written> {
    const sent = Array.from(vectors, ({ vector, ...rest }) => ({ ...rest, vector: Array.from(vector) }));
    return this.send('PUT', `/v1/indexes/${part(index)}/vectors`, { vectors: sent });
  }

  getVector(index: string, id: wire.WireId): Promise<wire.VectorAnswer> {
    return this.send('GET', `/v1/indexes/${part(index)}/vectors/${part(id)}`);
  }

  deleteVectors(index: string, ids: Iterable<wire.WireId>): Promise<wire.Written & { readonly deleted: number }> {
    return this.#ask(`/v1/indexes/${part(index)}/vectors/delete`, { ids: [...ids] });
  }

  /** The nearest vectors, exactly. */
  search(index: string, search: wire.SearchInput): Promise<wire.SearchAnswer> {
    return this.#ask(`/v1/indexes/${part(index)}/search`, plain(search));
  }

  searchMany(index: string, searches: Iterable<wire.SearchInput>): Promise<wire.SearchesAnswer> {
    return this.#ask(`/v1/indexes/${part(index)}/search/batch`, { searches: Array.from(searches, plain) });
  }

  /** Begins to find the nearest others of every vector: `getNeighborGraph` reads them once the job is done. */
  startNeighborGraph(index: string, input: defined.NeighborGraphInput = {}): Promise<defined.WireJob> {
    return this.send('POST', `/v1/indexes/${part(index)}/neighbor-graph`, input);
  }

  /** A line for each vector. A large one needs a longer `timeout`. */
  getNeighborGraph(job: string): Promise<readonly defined.WireNeighbors[]> {
    return this.send('GET', `/v1/jobs/${part(job)}/result`);
  }

  /** Begins to find pairs that are nearly equal: `getNearDuplicates` reads them once the job is done. */
  startNearDuplicates(index: string, input: defined.NearDuplicatesInput = {}): Promise<defined.WireJob> {
    return this.send('POST', `/v1/indexes/${part(index)}/near-duplicates`, input);
  }

  /** The best pair first. */
  getNearDuplicates(job: string): Promise<readonly defined.WirePair[]> {
    return this.send('GET', `/v1/jobs/${part(job)}/result`);
  }

  /** Makes a tenant that shares nothing with others. The option `namespace` of a client names the one that it means. */
  putNamespace(namespace: string): Promise<wire.Written & { readonly namespace: string }> {
    return this.send('PUT', `/v1/namespaces/${part(namespace)}`);
  }

  async listNamespaces(): Promise<readonly string[]> {
    return (await this.send<{ namespaces: readonly string[] }>('GET', '/v1/namespaces')).namespaces;
  }

  /** Deletes a namespace with all that it holds. */
  deleteNamespace(namespace: string): Promise<wire.Written> {
    return this.send('DELETE', `/v1/namespaces/${part(namespace)}`);
  }

  /** Makes a key; its secret is shown once. Sent once, since each would be another. */
  makeKey(input: defined.KeyInput): Promise<defined.KeyMade> {
    return this.send('POST', '/v1/keys', input);
  }

  async listKeys(): Promise<readonly defined.KeyAnswer[]> {
    return (await this.send<{ keys: readonly defined.KeyAnswer[] }>('GET', '/v1/keys')).keys;
  }

  /** Ends a key at once. */
  deleteKey(id: string): Promise<wire.Written> {
    return this.send('DELETE', `/v1/keys/${part(id)}`);
  }

  /** Reads the configuration of the server again, and tells what has changed. */
  async reloadConfiguration(): Promise<readonly string[]> {
    return (await this.send<{ changed: readonly string[] }>('POST', '/v1/configuration/reload')).changed;
  }

  /** What is wrong with the server, in words, and what to do. */
  async diagnose(): Promise<readonly defined.WireFinding[]> {
    return (await this.send<{ findings: readonly defined.WireFinding[] }>('GET', '/v1/diagnosis')).findings;
  }
}

function part(id: wire.WireId): string {
  return encodeURIComponent(id);
}

function queryOf(page: { readonly after?: string | number; readonly limit?: number }): string {
  const { after, limit } = page;
  const query = [
    ...(after === undefined ? [] : [`after=${part(after)}`]),
    ...(limit === undefined ? [] : [`limit=${part(limit)}`]),
  ].join('&');
  return query && `?${query}`;
}

/** A typed array would become an object of JSON. */
function plain(search: wire.SearchInput): object {
  return search.vector === undefined ? search : { ...search, vector: Array.from(search.vector) };
}

/** So that an event which is sent again counts once. */
function withKey(event: wire.EventInput): wire.EventInput {
  return event.key === undefined ? { ...event, key: globalThis.crypto.randomUUID() } : event;
}
