/** The frame of the page: where one is, what computes, and the proof that nothing is sent. */
import type { ComponentChildren, ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Footer } from './parts/footer.js';
import { type Examples, loadExamples, type Started, start } from './start.js';
import { ForYou } from './views/for-you.js';
import { HowItWorks } from './views/how-it-works.js';
import { Speed } from './views/speed.js';
import { Texts } from './views/texts.js';
import { YourData } from './views/your-data.js';

export interface ViewProps {
  readonly started: Started;
}

/** Of views that wait for all examples. */
export interface ExampleProps extends ViewProps {
  readonly examples: Examples;
}

interface View {
  readonly path: string;
  readonly title: string;
  readonly Content: ComponentType<ExampleProps>;
}

/** The first needs no other examples than the packages. */
const FIRST = { path: 'for-you', title: 'For you' };
const OTHERS: readonly View[] = [
  { path: 'texts', title: 'Words and texts', Content: Texts },
  { path: 'your-data', title: 'Your data', Content: YourData },
  { path: 'speed', title: 'Speed', Content: Speed },
  { path: 'how-it-works', title: 'How it works', Content: HowItWorks },
];

const VIEWS = [FIRST, ...OTHERS];

export function App() {
  const [started, setStarted] = useState<Started>();
  const [examples, setExamples] = useState<Examples>();
  const [done, setDone] = useState(0);
  const [failure, setFailure] = useState('');
  const view = useView();
  useEffect(() => {
    const go = async () => {
      const begun = await start();
      setStarted(begun);
      setExamples(await loadExamples(begun, setDone));
      keepForLater();
    };
    go().catch((error: Error) => setFailure(error.message));
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
        {started && (
          <Place isShown={view === FIRST}>
            <ForYou started={started} />
          </Place>
        )}
        {started &&
          examples &&
          OTHERS.map(({ path, Content }) => (
            <Place key={path} isShown={path === view.path}>
              <Content started={started} examples={examples} />
            </Place>
          ))}
        {(started === undefined || (examples === undefined && view !== FIRST)) && failure === '' && (
          <Loading done={done} />
        )}
      </main>
      {started && <Footer started={started} examples={examples} />}
    </>
  );
}

/** A view that was once seen keeps what was typed and found in it. */
function Place({ isShown, children }: { isShown: boolean; children: ComponentChildren }) {
  const wasShown = useRef(false);
  wasShown.current ||= isShown;
  return <section hidden={!isShown}>{wasShown.current && children}</section>;
}

function Loading({ done }: { done: number }) {
  return (
    <p class="loading" role="status">
      <progress value={done} max={1} aria-label="Examples are loaded" />
      The examples come in. After that, nothing is loaded or sent.
    </p>
  );
}

/** All files, for use without a network; not before there is something to see. A page from a file has no network anyway. */
function keepForLater(): void {
  if (!('serviceWorker' in navigator) || !location.protocol.startsWith('http')) return;
  navigator.serviceWorker.register('./service-worker.js').catch(() => undefined);
}

/** The view that the address names. */
function useView(): Pick<View, 'path' | 'title'> {
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
