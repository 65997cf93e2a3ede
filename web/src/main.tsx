import { render } from 'preact';
import { App } from './app.js';
import './styles/page.css';
import './styles/controls.css';
import './styles/lists.css';
import './styles/charts.css';
import './styles/files.css';

const place = document.getElementById('page') as HTMLElement;
place.replaceChildren();
render(<App />, place);
