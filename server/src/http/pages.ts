/** The reference of the API for people, with requests to paste, and what every page is made of. */
import { VERSION } from '../version.js';
import { schemaOf } from './openapi.js';
import type { Example, Route } from './route.js';
import { SECTIONS } from './routes/all.js';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1rem; }
pre { overflow-x: auto; padding: .75rem; border-radius: .4rem; background: #8882; font-size: .85rem; }
code { font-family: ui-monospace, monospace; }
h3 { margin-top: 2.5rem; } h3 code { font-size: 1rem; }
table { border-collapse: collapse; } td, th { padding: .25rem 1rem .25rem 0; text-align: left; }
`;

/** Headers that let a page have its own style and nothing else. */
export const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

export function referencePage(origin: string): string {
  const contents = SECTIONS.map(
    ({ title, routes }) =>
      `<li>${escaped(title)}<ul>${routes.map(({ name, summary }) => `<li><a href="#${name}">${escaped(summary)}</a></li>`).join('')}</ul></li>`,
  ).join('');
  const body = SECTIONS.map(
    ({ title, routes }) => `<h2>${escaped(title)}</h2>${routes.map((each) => routeSection(each, origin)).join('')}`,
  ).join('');
  return page(
    'kindred-server: the API',
    `<p>Version ${VERSION}. The same as a document for programs: <a href="/openapi.json">openapi.json</a>. The requests below work
in this order on an empty service. With keys, add <code>-H 'authorization: Bearer KEY'</code>. Errors are problem documents
(RFC 9457) with a <code>code</code>.</p><nav><ul>${contents}</ul></nav>${body}`,
  );
}

function routeSection(route: Route, origin: string): string {
  const { name, method, path, scope, summary, detail, body, answer, example } = route;
  return `<section id="${name}"><h3>${escaped(summary)}<br><code>${method.toUpperCase()} ${escaped(path)}</code></h3>
<p>${detail === undefined ? '' : `${escaped(detail)} `}Scope: ${scope}.</p>
<pre><code>${escaped(curlOf(route, example, origin))}</code></pre>
${body ? details('Body', schemaOf(body, 'input')) : ''}${details('Answer', schemaOf(answer, 'output'))}</section>`;
}

function details(title: string, schema: object): string {
  return `<details><summary>${title}</summary><pre><code>${escaped(JSON.stringify(schema, undefined, 2))}</code></pre></details>`;
}

/** The example of a route as a command to paste. */
export function curlOf({ method, path, lines }: Route, { params = {}, query, body }: Example, origin: string): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name) =>
    encodeURIComponent(params[name]).replaceAll('%7B', '{').replaceAll('%7D', '}'),
  );
  const url = `${origin}${filled}${query === undefined ? '' : `?${query}`}`;
  const verb = method === 'get' ? '' : ` -X ${method.toUpperCase()}`;
  if (body === undefined) return `curl${verb} '${url}'`;
  const type = lines ? 'application/x-ndjson' : 'application/json';
  const data = lines ? (body as object[]).map((each) => `${JSON.stringify(each)}\n`).join('') : JSON.stringify(body);
  return `curl${verb} '${url}' -H 'content-type: ${type}' \\\n  --data-binary '${data.replaceAll("'", "'\\''")}'`;
}

export function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title><style>${STYLE}</style><main><h1>${escaped(title)}</h1>${body}</main></html>`;
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
