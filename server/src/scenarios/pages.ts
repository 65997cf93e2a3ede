/**
 * Remembers what answers have named, so that the next page names none of it again: the same question is asked anew, of
 * what is left. So nothing repeats and nothing is left out, whatever was learned, hidden or seen meanwhile.
 */
import { Refusal } from '../errors.js';
import type { RecommendInput } from '../schema/scenarios.js';

/** Answers that are remembered; the oldest go. */
const REMEMBERED = 10_000;

export interface Page {
  readonly scenario: string;
  readonly asked: RecommendInput;
  /** The items of this answer and of those before it. */
  readonly named: readonly string[];
}

export class Pages {
  readonly #pages = new Map<string, Page>();

  remember(recommId: string, page: Page): void {
    if (this.#pages.size >= REMEMBERED) this.#pages.delete(this.#pages.keys().next().value as string);
    this.#pages.set(recommId, page);
  }

  /** @throws Refusal UNKNOWN_ID for an answer that is not remembered, or is of another scenario */
  find(recommId: string, scenario: string): Page {
    const page = this.#pages.get(recommId);
    if (page?.scenario === scenario) return page;
    const message = `No answer ${JSON.stringify(recommId)} of the scenario ${JSON.stringify(scenario)} is remembered: ask for the first page again.`;
    throw new Refusal('UNKNOWN_ID', message);
  }

  /** Takes out every answer that a person got, or that names or was asked by a thing. */
  forget(side: 'user' | 'item', id: string): void {
    for (const [recommId, { asked, named }] of this.#pages) {
      const isOf =
        side === 'user'
          ? asked.user === id
          : asked.item === id || named.includes(id) || asked.profile?.some((each) => idOf(each) === id);
      if (isOf) this.#pages.delete(recommId);
    }
  }
}

function idOf(entry: NonNullable<RecommendInput['profile']>[number]): string {
  return typeof entry === 'string' ? entry : entry.item;
}
