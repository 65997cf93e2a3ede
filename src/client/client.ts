/** The service as an object: a method for each question. */
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
  /** Sends what no method is for, such as `send('PUT', '/v1/models/games', { kind: 'ease' })`. */
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
    const query = [
      ...(page.after === undefined ? [] : [`after=${part(page.after)}`]),
      ...(page.limit === undefined ? [] : [`limit=${part(page.limit)}`]),
    ].join('&');
    const { items } = await this.send<{ items: readonly wire.ItemAnswer[] }>('GET', `/v1/items${query && `?${query}`}`);
    return items;
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

  /** Begins a training. Answers go on meanwhile. */
  trainModel(model: string): Promise<wire.WireJob> {
    return this.send('POST', `/v1/models/${part(model)}/train`);
  }

  /** Measures how well a model finds what people did next: its report is the result of the job. */
  evaluateModel(model: string, input: { readonly k?: number; readonly ratio?: number } = {}): Promise<wire.WireJob> {
    return this.send('POST', `/v1/models/${part(model)}/evaluate`, input);
  }

  async listJobs(): Promise<readonly wire.WireJob[]> {
    return (await this.send<{ jobs: readonly wire.WireJob[] }>('GET', '/v1/jobs')).jobs;
  }

  getJob(job: string): Promise<wire.WireJob> {
    return this.send('GET', `/v1/jobs/${part(job)}`);
  }

  /** Ends a job, and waits until it has ended. */
  cancelJob(job: string): Promise<wire.WireJob> {
    return this.send('DELETE', `/v1/jobs/${part(job)}`);
  }

  /** Adds or replaces vectors of an index, all or none. */
  putVectors(index: string, vectors: Iterable<wire.VectorInput>): Promise<wire.Written> {
    const sent = Array.from(vectors, ({ vector, ...rest }) => ({ ...rest, vector: Array.from(vector) }));
    return this.send('PUT', `/v1/indexes/${part(index)}/vectors`, { vectors: sent });
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
}

function part(id: wire.WireId): string {
  return encodeURIComponent(id);
}

/** A typed array would become an object of JSON. */
function plain(search: wire.SearchInput): object {
  return search.vector === undefined ? search : { ...search, vector: Array.from(search.vector) };
}

/** So that an event which is sent again counts once. */
function withKey(event: wire.EventInput): wire.EventInput {
  return event.key === undefined ? { ...event, key: globalThis.crypto.randomUUID() } : event;
}
