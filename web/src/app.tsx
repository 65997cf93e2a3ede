/** The frame of the page: where one is, what computes, and the proof that nothing is sent. */
import type { ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Footer } from './parts/footer.js';
import { type Started, start } from './start.js';
import { ForYou } from './views/for-you.js';
import { HowItWorks } from './views/how-it-works.js';
import { Speed } from './views/speed.js';
import { Texts } from './views/texts.js';
import { YourData } from './views/your-data.js';

export interface ViewProps {
  readonly started: Started;
}

interface View {
  readonly path: string;
  readonly title: string;
  readonly Content: ComponentType<ViewProps>;
}

const VIEWS: readonly View[] = [
  { path: 'for-you', title: 'For you', Content: ForYou },
  { path: 'texts', title: 'Words and texts', Content: Texts },
  { path: 'your-data', title: 'Your data', Content: YourData },
  { path: 'speed', title: 'Speed', Content: Speed },
  { path: 'how-it-works', title: 'How it works', Content: HowItWorks },
];

export function App() {
  const [started, setStarted] = useState<Started>();
  const [done, setDone] = useState(0);
  const [failure, setFailure] = useState('');
  const view = useView();
  useEffect(() => {
    start(setDone).then(setStarted, (error: Error) => setFailure(error.message));
  }, []);
  return (
    <>
      <a class="skip" href="#content">
        To the content
      </a>
      <header>
        <a class="brand" href="#/for-you">
          <img src="./icon.svg" alt="" width="28" height="28" />
          kindred
        </a>
        <nav aria-label="Views">
          {VIEWS.map(({ path, title }) => (
            <a key={path} href={`#/${path}`} aria-current={path === view.path ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
      </header>
      <main id="content" tabIndex={-1}>
        {failure !== '' && <p class="problem" role="alert">{`This page could not start: ${failure}`}</p>}
        {!started && failure === '' && <Loading done={done} />}
        {started &&
          VIEWS.map((each) => <Place key={each.path} view={each} isShown={each === view} started={started} />)}
      </main>
      <Footer started={started} />
    </>
  );
}

/** A view that was once seen keeps what was typed and found in it. */
function Place({ view, isShown, started }: { view: View; isShown: boolean; started: Started }) {
  const wasShown = useRef(false);
  wasShown.current ||= isShown;
  return <section hidden={!isShown}>{wasShown.current && <view.Content started={started} />}</section>;
}

function Loading({ done }: { done: number }) {
  return (
    <p class="loading" role="status">
      <progress value={done} max={1} aria-label="Examples are loaded" />
      The examples come in. After that, nothing is loaded or sent.
    </p>
  );
}

/** The view that the address names. */
function useView(): View {
  const read = () => VIEWS.find(({ path }) => location.hash === `#/${path}`);
  const [view, setView] = useState(() => read() ?? VIEWS[0]);
  useEffect(() => {
    // Other addresses are places in a view.
    const follow = () => setView((before) => read() ?? before);
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  useEffect(() => {
    document.title = `${view.title} · kindred`;
  }, [view]);
  return view;
}
