/**
 * What can be said of arms whose users were drawn by chance.
 *
 * A rate is events by questions. Questions of one user are not independent of each other, so the user is the unit: the
 * variance of the ratio of two means over users comes from the delta method (Deng, Knoblich and Lu, "Applying the Delta
 * Method in Metric Analytics", KDD 2018, section 3). Shares of users that differ from what was asked for tell of a fault
 * in the measurement (Fabijan et al., "Diagnosing Sample Ratio Mismatch", KDD 2019).
 */

/** Below, a mean is not near enough to normal for an interval. */
export const USERS_MIN = 100;
/** Users with an event of a type, in each arm. */
export const USERS_WITH_EVENTS_MIN = 10;

/** Standard normal ends of 95% over 1 to 7 intervals together: 1 - 0.025 / n (Bonferroni). */
const NORMAL_ENDS = [1.959964, 2.241403, 2.39398, 2.497705, 2.575829, 2.638257, 2.69011];
/** Ends of chi-squared at p = 0.001, for 1 to 7 degrees of freedom. */
const CHI_SQUARED_ENDS = [10.828, 13.816, 16.266, 18.467, 20.515, 22.458, 24.322];

/** Sums over the users of an arm, of their questions x and events y. */
export class Sums {
  users = 0;
  usersWithEvents = 0;
  x = 0;
  y = 0;
  #xx = 0;
  #yy = 0;
  #xy = 0;

  add(questions: number, events: number): void {
    this.users++;
    if (events > 0) this.usersWithEvents++;
    this.x += questions;
    this.y += events;
    this.#xx += questions * questions;
    this.#yy += events * events;
    this.#xy += questions * events;
  }

  /** Events by questions; 0 without questions. */
  get rate(): number {
    return this.x === 0 ? 0 : this.y / this.x;
  }

  /** Of the rate. */
  get variance(): number {
    const { users: n, x, y, rate } = this;
    if (n < 2 || x === 0) return 0;
    const part = (sum: number, a: number, b: number) => (sum - (a * b) / n) / (n - 1);
    const ofUser = part(this.#yy, y, y) - 2 * rate * part(this.#xy, x, y) + rate * rate * part(this.#xx, x, x);
    return Math.max(0, ofUser) / n / (x / n) ** 2;
  }
}

export interface Difference {
  readonly difference: number;
  readonly interval: readonly [low: number, high: number];
}

/** Of b to a, with 95% over all differences of a comparison together. */
export function differenceOf(a: Sums, b: Sums, differences: number): Difference {
  const difference = b.rate - a.rate;
  const reach = NORMAL_ENDS[differences - 1] * Math.sqrt(a.variance + b.variance);
  return { difference, interval: [difference - reach, difference + reach] };
}

/** Whether users came to arms in other shares than chance would give once in a thousand times. */
export function isMismatched(users: readonly number[], shares: readonly number[]): boolean {
  const all = users.reduce((sum, n) => sum + n, 0);
  const total = shares.reduce((sum, share) => sum + share, 0);
  const expected = shares.map((share) => (share / total) * all);
  if (expected.some((n) => n < 5)) return false;
  const chiSquared = users.reduce((sum, n, at) => sum + (n - expected[at]) ** 2 / expected[at], 0);
  return chiSquared > CHI_SQUARED_ENDS[users.length - 2];
}
