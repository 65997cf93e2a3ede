import { useEffect, useState } from 'preact/hooks';
import { type Traffic, traffic, tryToSend } from '../privacy.js';
import type { Examples, Started } from '../start.js';

/** What computes, and what was sent. */
export function Footer({ started, examples }: { started: Started; examples: Examples | undefined }) {
  const [seen, setSeen] = useState<Traffic>({ sent: 0, refused: 0 });
  const [tried, setTried] = useState('');
  useEffect(() => {
    const timer = setInterval(() => setSeen(traffic()), 1000);
    return () => clearInterval(timer);
  }, []);
  if (!examples) return null;
  const test = async () => {
    setTried((await tryToSend()) ? 'The browser refused.' : 'It was sent: this browser does not keep the policy.');
    setSeen(traffic());
  };
  return (
    <footer>
      <p>
        Computed here by <code>{examples.backend}</code>, exactly. Ready after {Math.round(started.readyAfter)} ms.
      </p>
      <p class="door">
        <span class={seen.sent === 0 ? 'closed' : 'open'} aria-live="polite">
          {seen.sent === 0 ? 'Nothing was sent' : `${seen.sent} requests were sent`} since the examples are here.
        </span>{' '}
        The browser itself forbids it (<code>connect-src 'none'</code>).{' '}
        <button type="button" class="quiet" onClick={test}>
          Try to send something
        </button>{' '}
        <span role="status">{tried}</span>
      </p>
    </footer>
  );
}
