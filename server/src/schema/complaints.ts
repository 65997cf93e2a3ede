/** What a schema found wrong, in words: where, what was given, what was expected. */
import type { z } from 'zod';
import type { Complaint } from '../errors.js';

/** Complaints that are told. */
const TOLD = 20;

export function describeIssues(issues: readonly z.core.$ZodIssue[]): Complaint[] {
  return issues.slice(0, TOLD).map((issue) => ({ at: placeOf(issue.path), message: messageOf(issue) }));
}

function placeOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((place, part) => {
    if (typeof part === 'number') return `${place}[${part}]`;
    return place === '' ? String(part) : `${place}.${String(part)}`;
  }, '');
}

/** Of several things that might have been meant, each is named. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue.message;
  const each = issue.errors.flatMap((errors) => errors.slice(0, 1).map(({ message }) => message));
  return [...new Set(each)].join(', or ');
}
