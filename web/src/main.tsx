import { render } from 'preact';
import { App } from './app.js';
import './styles/page.css';

const place = document.getElementById('page') as HTMLElement;
place.replaceChildren();
render(<App />, place);
