/** Keys that open nothing any more, or soon will not. */
import type { StoredKey } from '../store/contract.js';
import type { Finding } from './finding.js';

const SOON_MS = 7 * 86_400_000;

export function examineKeys(keys: readonly StoredKey[], now: number): Finding[] {
  return keys.flatMap(({ id, expires }): Finding[] => {
    if (expires === null || expires > now + SOON_MS) return [];
    const isOver = expires <= now;
    const at = new Date(expires).toISOString();
    return [
      {
        level: 'note',
        about: `key ${id}`,
        says: isOver ? `It has expired at ${at}, and opens nothing.` : `It expires at ${at}.`,
        remedy: isOver
          ? `Delete it: DELETE /v1/keys/${id}, or kindred-server keys delete ${id}.`
          : 'Make another and give it to its users: POST /v1/keys, or kindred-server keys make.',
      },
    ];
  });
}
