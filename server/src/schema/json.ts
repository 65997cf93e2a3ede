/** JSON from outside: well-formed, and not nested without end. */
import { Refusal } from '../errors.js';
import { LIMITS } from '../limits.js';

/** @throws Refusal INVALID_REQUEST */
export function readJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // It quotes the text, which may be personal.
    const where = /position \d+/.exec((error as Error).message)?.[0];
    throw new Refusal(
      'INVALID_REQUEST',
      `The body is no JSON${where === undefined ? '' : `: it goes wrong at ${where}`}.`,
    );
  }
  // It would vanish on its way through objects, and what was meant with it.
  if (/__proto__|\\u/.test(text) && hasProto(value)) {
    throw new Refusal('INVALID_REQUEST', 'The body has the name "__proto__", which nothing here is called.');
  }
  if (isDeeper(value, LIMITS.depth)) {
    throw new Refusal('INVALID_REQUEST', `The body is nested more than ${LIMITS.depth} deep.`);
  }
  return value;
}

function hasProto(value: unknown): boolean {
  const waiting = [value];
  for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
    if (typeof each !== 'object' || each === null) continue;
    if (Object.hasOwn(each, '__proto__')) return true;
    for (const inner of Object.values(each)) if (typeof inner === 'object' && inner !== null) waiting.push(inner);
  }
  return false;
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  return Object.values(value).some((each) => isDeeper(each, depth - 1));
}
