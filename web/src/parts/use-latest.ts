import { useEffect, useRef, useState } from 'preact/hooks';

export interface Latest<T> {
  readonly value: T | undefined;
  readonly error: string;
  /** Whether a newer answer is under way. */
  readonly isStale: boolean;
}

/**
 * Asks again whenever `key` changes, one question at a time: while one is under way only the newest other one waits, so
 * that a slider which moves never builds up a queue.
 */
export function useLatest<T>(key: string, ask: () => Promise<T>): Latest<T> {
  const [latest, setLatest] = useState<Latest<T>>({ value: undefined, error: '', isStale: true });
  const state = useRef({ wanted: '', isBusy: false, ask });
  state.current.ask = ask;
  useEffect(() => {
    const own = state.current;
    own.wanted = key;
    setLatest((before) => ({ ...before, isStale: true }));
    if (own.isBusy) return;
    own.isBusy = true;
    (async () => {
      for (;;) {
        const asked = own.wanted;
        let answer: Pick<Latest<T>, 'value' | 'error'>;
        try {
          answer = { value: await own.ask(), error: '' };
        } catch (error) {
          answer = { value: undefined, error: (error as Error).message };
        }
        const isStale = own.wanted !== asked;
        setLatest({ ...answer, isStale });
        if (!isStale) break;
      }
      own.isBusy = false;
    })();
  }, [key]);
  return latest;
}
