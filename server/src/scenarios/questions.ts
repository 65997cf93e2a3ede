/**
 * Counts the questions of scenarios: all since the start, and by user where a scenario is split, for its comparison.
 * The latter are written to the store together, some seconds late: a crash loses the last of them, and no answer waits.
 */
import type { ScenarioInput } from '../schema/scenarios.js';
import type { AskedQuestions, Store } from '../store/contract.js';
import { runOf } from './split.js';

/** Users whose questions wait to be written; beyond, as where the disk is full, questions are not counted. */
const WAITING_MAX = 200_000;
/** Users in one write. */
const AT_ONCE = 5000;

export interface Answered {
  readonly questions: number;
  /** Answered with nothing but what is popular. */
  readonly fallback: number;
  /** Answered with an empty list. */
  readonly empty: number;
}

interface Waiting {
  readonly scenario: string;
  readonly run: string;
  readonly byUser: Map<string, number>;
}

export class Questions {
  readonly #answered = new Map<string, { -readonly [Name in keyof Answered]: number }>();
  readonly #waiting = new Map<string, Waiting>();
  #users = 0;

  count(
    name: string,
    scenario: ScenarioInput,
    user: string | undefined,
    { isEmpty, isFallback }: { readonly isEmpty: boolean; readonly isFallback: boolean },
  ): void {
    let answered = this.#answered.get(name);
    if (answered === undefined) {
      answered = { questions: 0, fallback: 0, empty: 0 };
      this.#answered.set(name, answered);
    }
    answered.questions++;
    if (isFallback) answered.fallback++;
    if (isEmpty) answered.empty++;
    if (scenario.split !== undefined && user !== undefined) this.#wait(name, runOf(scenario), user, 1);
  }

  /** Since the start of this process. */
  answered(name: string): Answered {
    return this.#answered.get(name) ?? { questions: 0, fallback: 0, empty: 0 };
  }

  /** What a scenario had is gone with it. */
  drop(name: string): void {
    this.#answered.delete(name);
    for (const [key, { scenario, byUser }] of this.#waiting) {
      if (scenario !== name) continue;
      this.#users -= byUser.size;
      this.#waiting.delete(key);
    }
  }

  forget(user: string): void {
    for (const { byUser } of this.#waiting.values()) if (byUser.delete(user)) this.#users--;
  }

  /** Writes what waits. What the store does not take waits on. */
  async flush(store: Store, namespace: string): Promise<void> {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#users = 0;
    for (const { scenario, run, byUser } of all) {
      const counts = [...byUser].map(([user, questions]): AskedQuestions => ({ user, questions }));
      for (let from = 0; from < counts.length; from += AT_ONCE) {
        const some = counts.slice(from, from + AT_ONCE);
        try {
          await store.write({ kind: 'count-questions', namespace, scenario, run, counts: some });
        } catch {
          for (const { user, questions } of some) this.#wait(scenario, run, user, questions);
        }
      }
    }
  }

  #wait(scenario: string, run: string, user: string, questions: number): void {
    const key = `${scenario}.${run}`;
    let waiting = this.#waiting.get(key);
    if (waiting === undefined) {
      waiting = { scenario, run, byUser: new Map() };
      this.#waiting.set(key, waiting);
    }
    const before = waiting.byUser.get(user);
    if (before === undefined) {
      if (this.#users >= WAITING_MAX) return;
      this.#users++;
    }
    waiting.byUser.set(user, (before ?? 0) + questions);
  }
}
