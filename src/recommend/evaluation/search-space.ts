/** The options that a search tries: every combination, or random ones. */
import { readChoice, readFlag } from '../../arguments/choices.js';
import { type OptionNames, readObject } from '../../arguments/objects.js';
import { refusal } from '../../arguments/refuse.js';
import { show } from '../../arguments/show.js';
import { KindredError } from '../../errors.js';
import { Random } from '../data/random.js';

/** A range of numbers to draw from. */
export interface Range {
  readonly min: number;
  readonly max: number;
  /** `log` draws each power of ten as often as another; both ends must be above 0. Default `linear`. */
  readonly scale?: 'linear' | 'log' | undefined;
  /** Whole numbers only, each as likely as its neighbours: for `linear` all alike. Default false. */
  readonly integer?: boolean | undefined;
}

/** For each option the values to try, or a range of numbers (only for a random search). */
export type SearchSpace<Options> = { readonly [Name in keyof Options]?: readonly Options[Name][] | Range };

/** Combinations that are listed to draw from; of more the same is hardly drawn twice. */
const LISTED_MAX = 2 ** 16;
const RANGE: OptionNames<Range> = { min: true, max: true, scale: true, integer: true };

/** One combination of options. */
export type Choice = Readonly<Record<string, unknown>>;

/** How many combinations a grid has. @throws KindredError INVALID_ARGUMENT */
export function sizeOfGrid(space: SearchSpace<Choice>): number {
  return readSpace(space).reduce((size, [, values]) => size * (isList(values) ? values.length : 1), 1);
}

/** Every combination; the last option changes fastest. @throws KindredError INVALID_ARGUMENT */
export function gridOf(space: SearchSpace<Choice>): Choice[] {
  return readSpace(space).reduce<Choice[]>(
    (choices, [name, values]) => {
      if (!isList(values)) {
        throw new KindredError(
          'INVALID_ARGUMENT',
          `space.${name} is a range, of which a grid cannot try every value; expected a list, or search: 'random'.`,
        );
      }
      return choices.flatMap((choice) => values.map((value) => ({ ...choice, [name]: value })));
    },
    [{}],
  );
}

/**
 * Up to `trials` different combinations, each option drawn by itself: Bergstra and Bengio, "Random Search for
 * Hyper-Parameter Optimization", JMLR 13, 2012. Fewer if there are no more.
 * @throws KindredError INVALID_ARGUMENT
 */
export function randomChoices(space: SearchSpace<Choice>, trials: number, seed: number): Choice[] {
  const options = readSpace(space);
  const random = new Random(seed);
  if (options.every(([, values]) => isList(values)) && sizeOfGrid(space) <= LISTED_MAX) {
    const all = gridOf(space);
    for (let n = 0; n < Math.min(trials, all.length); n++) {
      const other = n + Math.floor(unit(random) * (all.length - n));
      [all[n], all[other]] = [all[other], all[n]];
    }
    return all.slice(0, trials);
  }
  const choices = new Map<string, Choice>();
  // A range of few whole numbers may have no more combinations than were drawn.
  for (let attempt = 0; choices.size < trials && attempt < 20 * trials; attempt++) {
    const drawn = options.map(([name, values]) => [
      name,
      isList(values) ? oneOf(values, random) : within(values, random),
    ]);
    choices.set(JSON.stringify(drawn.map(([, value]) => String(value))), Object.fromEntries(drawn));
  }
  return [...choices.values()];
}

function readSpace(space: SearchSpace<Choice>): [name: string, values: readonly unknown[] | Range][] {
  if (typeof space !== 'object' || space === null)
    throw refusal('the space', space, '{ option: [values] or { min, max } }');
  const entries = Object.entries(space).filter((entry): entry is [string, readonly unknown[] | Range] => !!entry[1]);
  if (entries.length === 0)
    throw new KindredError('INVALID_ARGUMENT', 'The space is empty; expected { option: [values] }.');
  for (const [name, values] of entries) {
    if (isList(values)) {
      if (values.length > 0) continue;
      throw new KindredError('INVALID_ARGUMENT', `space.${name} is an empty list; expected at least one value.`);
    }
    if (typeof values !== 'object') throw refusal(`space.${name}`, values, 'a list of values, or { min, max }');
    const { min, max, scale = 'linear', integer = false } = readObject(values, '{ min: 1, max: 9 }', RANGE);
    if (!(Number.isFinite(min) && Number.isFinite(max) && min <= max)) {
      throw new KindredError(
        'INVALID_ARGUMENT',
        `space.${name} is from ${show(min)} to ${show(max)}; expected a list of values, or finite numbers min <= max.`,
      );
    }
    readChoice(scale, `space.${name}.scale`, ['linear', 'log']);
    if (readFlag(integer, `space.${name}.integer`) && Math.ceil(min) > Math.floor(max)) {
      throw new KindredError('INVALID_ARGUMENT', `space.${name} is from ${min} to ${max}: no whole number is there`);
    }
    if (scale === 'log' && min <= 0) throw refusal(`space.${name}.min`, min, 'a number above 0 for a log scale');
  }
  return entries;
}

function isList(values: readonly unknown[] | Range): values is readonly unknown[] {
  return Array.isArray(values);
}

function within({ min, max, scale, integer }: Range, random: Random): number {
  const part = unit(random);
  // Each whole number has what lies between it and the next.
  const [from, to] = integer ? [Math.ceil(min), Math.floor(max) + 1] : [min, max];
  const drawn = scale === 'log' ? Math.exp(Math.log(from) + part * Math.log(to / from)) : from + part * (to - from);
  if (integer) return Math.min(to - 1, Math.max(from, Math.floor(drawn)));
  return Math.min(max, Math.max(min, drawn));
}

function oneOf(values: readonly unknown[], random: Random): unknown {
  return values[Math.floor(unit(random) * values.length)];
}

/** From 0 inclusive to 1 exclusive. */
function unit(random: Random): number {
  return random.next() * 2 ** -32;
}
