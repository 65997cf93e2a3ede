/** What the arms of a scenario have led to, by user, and what can be said of it. */
import { named, Refusal } from '../errors.js';
import type { Service } from '../live/service.js';
import type { Tenant } from '../live/tenant.js';
import type { Arm, ArmCompared, ComparisonAnswer, DifferenceFound } from '../schema/scenarios.js';
import { armNamedBy } from './recomm-id.js';
import { armOf, runOf } from './split.js';
import { differenceOf, isMismatched, Sums, USERS_MIN, USERS_WITH_EVENTS_MIN } from './statistics.js';

const PAGE = 5000;

interface User {
  questions: number;
  /** Answers that events name: a crash may have lost their questions. */
  readonly answers: Set<string>;
  readonly events: Map<string, number>;
}

/** @throws Refusal UNKNOWN_NAME; CONFLICT for a scenario that is not split */
export async function compareArms({ store }: Service, tenant: Tenant, name: string): Promise<ComparisonAnswer> {
  const scenario = named(tenant.scenarios, 'scenario', name);
  const { split } = scenario;
  if (split === undefined) {
    throw new Refusal('CONFLICT', `The scenario ${JSON.stringify(name)} is not split: put it with two arms or more.`);
  }
  await tenant.questions.flush(store, tenant.name);
  const run = runOf(scenario);
  const { users, strays } = await readUsers(store, tenant, name, run, (user) => armOf(name, split, user).name);
  const types = [...new Set([...users.values()].flatMap(({ events }) => [...events.keys()]))].sort();
  const byArm = new Map(split.arms.map((arm) => [arm.name, [] as User[]]));
  for (const [user, each] of users) byArm.get(armOf(name, split, user).name)?.push(each);
  const sums = split.arms.map(
    (arm) => new Map(types.map((type) => [type, sumsOf(byArm.get(arm.name) as User[], type)])),
  );
  const arms = split.arms.map((arm, at) => describeArm(arm, byArm.get(arm.name) as User[], sums[at]));
  const others = arms.slice(1);
  const differences = others.flatMap((arm, at) =>
    types.map((type) => judge(arms[0], arm, type, [sums[0], sums[at + 1]], others.length)),
  );
  return { scenario: name, run, arms, differences, warnings: warningsOf(arms, strays), asOf: tenant.seq };
}

/** Everybody who was answered in a run, with the events that name those answers. */
async function readUsers(
  store: Service['store'],
  tenant: Tenant,
  name: string,
  run: string,
  armFor: (user: string) => string,
): Promise<{ users: Map<string, User>; strays: number }> {
  const users = new Map<string, User>();
  const userOf = (id: string) => {
    let user = users.get(id);
    if (user === undefined) {
      user = { questions: 0, answers: new Set(), events: new Map() };
      users.set(id, user);
    }
    return user;
  };
  for (let after: string | undefined, isWhole = false; !isWhole; ) {
    const page = await store.questions(tenant.name, name, run, { after, limit: PAGE });
    for (const { user, questions } of page) userOf(user).questions += questions;
    after = page.at(-1)?.user;
    isWhole = page.length < PAGE;
  }
  let strays = 0;
  for (let after: number | undefined, isWhole = false; !isWhole; ) {
    const page = await store.eventsOfAnswers(tenant.name, { after, limit: PAGE });
    for (const { user: id, type, recommId = '' } of page) {
      const named = armNamedBy(recommId, name);
      if (named?.run !== run) continue;
      if (named.arm !== armFor(id)) {
        strays++;
        continue;
      }
      const user = userOf(id);
      user.answers.add(recommId);
      user.events.set(type, (user.events.get(type) ?? 0) + 1);
    }
    after = page.at(-1)?.seq;
    isWhole = page.length < PAGE;
  }
  for (const user of users.values()) user.questions = Math.max(user.questions, user.answers.size);
  return { users, strays };
}

function sumsOf(users: readonly User[], type: string): Sums {
  const sums = new Sums();
  for (const { questions, events } of users) sums.add(questions, events.get(type) ?? 0);
  return sums;
}

function describeArm({ name, share }: Arm, users: readonly User[], sums: ReadonlyMap<string, Sums>): ArmCompared {
  return {
    arm: name,
    share,
    users: users.length,
    questions: users.reduce((sum, { questions }) => sum + questions, 0),
    events: [...sums].map(([type, { y: events, usersWithEvents, rate }]) => ({ type, events, usersWithEvents, rate })),
  };
}

function judge(
  control: ArmCompared,
  { arm, users }: ArmCompared,
  type: string,
  [before, after]: readonly [ReadonlyMap<string, Sums>, ReadonlyMap<string, Sums>],
  differences: number,
): DifferenceFound {
  const [a, b] = [before.get(type) as Sums, after.get(type) as Sums];
  const about = { arm, against: control.arm, type };
  const few = [
    ...[control, { arm, users }]
      .filter((each) => each.users < USERS_MIN)
      .map((each) => `arm ${each.arm} has ${each.users} users, and ${USERS_MIN} are needed`),
    ...[a, b]
      .map((each, at) => ({ ...about, arm: at === 0 ? control.arm : arm, n: each.usersWithEvents }))
      .filter(({ n }) => n < USERS_WITH_EVENTS_MIN)
      .map(
        ({ arm: of, n }) =>
          `arm ${of} has ${n} users with an event of type ${type}, and ${USERS_WITH_EVENTS_MIN} are needed`,
      ),
  ];
  if (few.length > 0) {
    return {
      ...about,
      difference: null,
      interval: null,
      verdict: 'not-enough',
      says: `Not enough yet: ${few.join('; ')}.`,
    };
  }
  const { difference, interval } = differenceOf(a, b, differences);
  const [low, high] = interval;
  const range = `by ${thousand(low)} to ${thousand(high)} in a thousand questions`;
  const [verdict, says] =
    low > 0
      ? (['more', `Arm ${arm} leads to more events of type ${type} than ${control.arm}: ${range}.`] as const)
      : high < 0
        ? (['fewer', `Arm ${arm} leads to fewer events of type ${type} than ${control.arm}: ${range}.`] as const)
        : ([
            'open',
            `No difference is shown: the interval reaches from ${thousand(low)} to ${thousand(high)} events of type ${type} in a thousand questions.`,
          ] as const);
  return { ...about, difference, interval: [low, high], verdict, says };
}

function thousand(rate: number): string {
  return (rate * 1000).toFixed(1);
}

function warningsOf(arms: readonly ArmCompared[], strays: number): string[] {
  const warnings: string[] = [];
  if (
    isMismatched(
      arms.map(({ users }) => users),
      arms.map(({ share }) => share),
    )
  ) {
    const counts = arms.map(({ arm, users }) => `${arm} ${users}`).join(', ');
    warnings.push(
      `The users of the arms (${counts}) are not in the shares that were asked for; chance does that once in a thousand times. Believe no difference before the reason is found.`,
    );
  }
  const questions = arms.reduce((sum, each) => sum + each.questions, 0);
  if (questions > 0 && arms.every(({ events }) => events.length === 0)) {
    warnings.push(
      'No event names an answer of this comparison: send the recommId of an answer with the events it led to.',
    );
  }
  if (strays > 0) {
    warnings.push(`${strays} events name an answer that another arm gave to somebody else. They are not counted.`);
  }
  return warnings;
}
