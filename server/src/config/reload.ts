/** Reads the configuration again while the service answers: all of it holds from then on, or none. */
import { isDeepStrictEqual } from 'node:util';
import { Refusal } from '../errors.js';
import type { Service } from '../live/service.js';
import { applyConfig } from './apply.js';
import type { ReadConfig } from './read.js';
import type { Config } from './schema.js';

/** What can change while the service runs; anything else needs a restart. */
const CHANGEABLE: ReadonlySet<string> = new Set([
  'origins',
  'log',
  'requestSeconds',
  'underWayMax',
  'models',
  'scenarios',
  'indexes',
] satisfies (keyof Config)[]);

/** What changed, by name, such as `log` and `models`. */
export interface Reloaded {
  readonly changed: string[];
}

/**
 * What reads the configuration again. What a file no longer names stays in the store.
 * @param take what to do with settings once they hold
 */
export function reloading(
  service: Service,
  first: Config,
  readAgain: () => Promise<ReadConfig>,
  take: (config: Config) => void,
): () => Promise<Reloaded> {
  let current = first;
  let last: Promise<unknown> = Promise.resolve();
  const reload = async () => {
    const { config: next, explain } = await readAgain();
    const changed = (Object.keys(next) as (keyof Config)[]).filter(
      (name) => !isDeepStrictEqual(next[name], current[name]),
    );
    const fixed = changed.filter((name) => !CHANGEABLE.has(name));
    if (fixed.length > 0) {
      const complaints = fixed.map((name) => ({ at: name, message: 'cannot change without a restart' }));
      throw explain(new Refusal('CONFLICT', 'It cannot change without a restart.', complaints));
    }
    try {
      await applyConfig(service, next);
    } catch (error) {
      throw error instanceof Refusal ? explain(error) : error;
    }
    take(next);
    current = next;
    return { changed };
  };
  // One after the other: two at once could each apply a half.
  return () => {
    const next = last.then(reload);
    last = next.catch(() => {});
    return next;
  };
}
