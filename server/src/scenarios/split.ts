/** Which arm of a scenario answers whom: decided by a hash alone, so that it is the same on every server, always. */
import { createHash } from 'node:crypto';
import type { Arm, ScenarioInput } from '../schema/scenarios.js';

/** A scenario as one arm has it. */
export interface Chosen {
  readonly scenario: ScenarioInput;
  /** As it is defined. */
  readonly whole: ScenarioInput;
  /** Only where the scenario is split. */
  readonly arm?: string;
  /** The filters of the scenario and the arm. Both hold. */
  readonly filters: readonly string[];
}

const NAME_OF_RUN = 8;
const runs = new WeakMap<ScenarioInput, string>();

/** The scenario as it answers a user. Somebody without an id gets the first arm. */
export function choose(name: string, scenario: ScenarioInput, user: string | undefined): Chosen {
  const { split, filter } = scenario;
  const filters = filter === undefined ? [] : [filter];
  if (split === undefined) return { scenario, whole: scenario, filters };
  const arm = user === undefined ? split.arms[0] : armOf(name, split, user);
  const { name: of, share: _, filter: own, ...defaults } = arm;
  return {
    scenario: { ...scenario, ...given(defaults) },
    whole: scenario,
    arm: of,
    filters: own === undefined ? filters : [...filters, own],
  };
}

/**
 * The first 48 bits of SHA-256 of the salt, a zero byte and the id, as a part of 1, choose among the arms laid end to
 * end by their shares. Without a salt of its own, a scenario's name is its salt.
 */
export function armOf(name: string, { salt = name, arms }: NonNullable<ScenarioInput['split']>, user: string): Arm {
  const place = createHash('sha256').update(`${salt}\0${user}`).digest().readUIntBE(0, 6) / 2 ** 48;
  const total = arms.reduce((sum, { share }) => sum + share, 0);
  let end = 0;
  for (const arm of arms) {
    end += arm.share;
    if (place * total < end) return arm;
  }
  return arms[arms.length - 1];
}

/** Names what is compared: another definition begins another comparison, an equal one goes on with it. */
export function runOf(scenario: ScenarioInput): string {
  let run = runs.get(scenario);
  if (run === undefined) {
    run = createHash('sha256').update(canonical(scenario)).digest('base64url').slice(0, NAME_OF_RUN);
    runs.set(scenario, run);
  }
  return run;
}

/** One text for one meaning, however its properties came in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

function given<T extends object>(defaults: T): Partial<T> {
  return Object.fromEntries(Object.entries(defaults).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** Every model that a scenario may ask. */
export function modelsOf({ model, split }: ScenarioInput): string[] {
  return [model, ...(split?.arms ?? []).flatMap((arm) => (arm.model === undefined ? [] : [arm.model]))];
}

/** Every filter that a scenario may apply. */
export function filtersOf({ split, ...own }: ScenarioInput): string[] {
  const all = [own, ...(split?.arms ?? [])].flatMap(({ filter, boost = [] }) => [
    filter,
    ...boost.map((rule) => rule.filter),
  ]);
  return all.filter((each) => each !== undefined);
}
