/** Options that a file cannot honour: whoever gives one expects something of it, so it is refused. */
import { KindredError } from '../../index.js';

/** About text in columns. */
export const TABLE_OPTIONS = ['header', 'delimiter', 'quote', 'decimal', 'lineBreaks'] as const;

/** About reading interactions. */
export const INTERACTION_OPTIONS = [
  ...(['userColumn', 'itemColumn', 'valueColumn', 'timeColumn', 'timeFormat', 'encoding'] as const),
  ...(['skipBadRows', 'duplicates', 'minValue', 'implicit', 'kCore'] as const),
  ...TABLE_OPTIONS,
] as const;

/** About training. */
export const TRAINING_OPTIONS = ['model', 'fusion', 'neighbors', 'shrinkage'] as const;

/** About vectors. */
export const VECTOR_OPTIONS = ['dim', 'ids', 'idsColumn', 'onBadWord', 'onWrongCount', 'metric', 'dtype'] as const;

/** @throws KindredError INVALID_ARGUMENT for the first of these options that is given. */
export function refuseOptions<Options extends object>(
  options: Options,
  names: readonly string[],
  message: (option: string) => string,
): void {
  const given = names.find((name) => options[name as keyof Options] !== undefined);
  if (given === undefined) return;
  throw new KindredError('INVALID_ARGUMENT', message(asTyped(given, options[given as keyof Options])));
}

/** `userColumn` is `--user-column`, and `header: false` is `--no-header`. */
function asTyped(name: string, value: unknown): string {
  const option = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return value === false ? `--no-${option}` : `--${option}`;
}
