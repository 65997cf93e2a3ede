import { render } from 'preact';
import { App } from './app.js';
import './styles/page.css';

const place = document.getElementById('page') as HTMLElement;
place.replaceChildren();
render(<App />, place);

// Everything is kept for use without a network. A page from a file has none to begin with.
if ('serviceWorker' in navigator && location.protocol.startsWith('http')) {
  navigator.serviceWorker.register('./service-worker.js').catch(() => undefined);
}
