/** What is not as it should be, why, and what to do. */
import type { Finding } from '../schema/diagnosis.js';

export type { Finding };

/** As text for a terminal: what is wrong first. */
export function tell(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'Nothing is wrong.\n';
  return sorted(findings)
    .map(
      ({ level, about, says, remedy }) =>
        `${level === 'wrong' ? 'WRONG' : 'note '}  ${about}: ${says}\n       ${remedy}\n`,
    )
    .join('');
}

export function sorted(findings: readonly Finding[]): Finding[] {
  return [...findings.filter(({ level }) => level === 'wrong'), ...findings.filter(({ level }) => level !== 'wrong')];
}
