/** Short forms of any value for error messages. */

const TEXT_MAX = 40;

/** The value as an error message names it: texts are cut and quoted, objects are named by their class. */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > TEXT_MAX ? `${value.slice(0, TEXT_MAX)}...` : value);
  }
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'object' && value !== null) return `an object of class ${classOf(value)}`;
  if (typeof value === 'function') return 'a function';
  return String(value);
}

/** Whatever the object does when it is asked, as a Proxy may, there is an answer. */
function classOf(value: object): string {
  try {
    const name: unknown = value.constructor?.name;
    return typeof name === 'string' && name !== '' ? name : 'none';
  } catch {
    return 'unknown';
  }
}

/** Several things in a sentence: `'a', 'b' or 'c'`. */
export function listed(names: readonly string[], link = 'or'): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} ${link} ${names[names.length - 1]}`;
}
