/** Short forms of any value for error messages. */

const TEXT_MAX = 40;

/** The value as an error message names it: texts are cut and quoted, objects are named by their class. */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > TEXT_MAX ? `${value.slice(0, TEXT_MAX)}...` : value);
  }
  if (typeof value === 'object' && value !== null) return `an object of class ${value.constructor?.name ?? 'none'}`;
  if (typeof value === 'function') return 'a function';
  return String(value);
}

/** Several things in a sentence: `'a', 'b' or 'c'`. */
export function listed(names: readonly string[], link = 'or'): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} ${link} ${names[names.length - 1]}`;
}
