/** The page of how the service is: what is wrong first, then what there is. */
import { examine } from '../doctor/examine.js';
import type { Service } from '../live/service.js';
import type { Tenant } from '../live/tenant.js';
import { VERSION } from '../version.js';
import { escaped, page } from './pages.js';

type Row = readonly (string | number)[];

export async function statusPage(service: Service): Promise<string> {
  const findings = await examine(service);
  const wrong = findings.filter(({ level }) => level === 'wrong').length;
  const verdict = wrong === 0 ? 'Nothing is wrong.' : `${wrong} ${wrong === 1 ? 'thing is' : 'things are'} wrong.`;
  const tenants = [...service.tenants.values()];
  return page(
    'kindred-server',
    `<p>Version ${VERSION} answers, since ${moment(Date.now() - process.uptime() * 1000)}. <strong>${verdict}</strong>
<a href="/docs">The API</a>, <a href="/metrics">metrics</a>, <a href="/healthz">health</a>.</p>
${table(
  'What to look at',
  ['', 'where', 'what', 'what to do'],
  findings.map(({ level, about, says, remedy }) => [level, about, says, remedy]),
)}
${tenants.map((tenant) => sectionOf(service, tenant)).join('')}`,
  );
}

function sectionOf({ jobs }: Service, tenant: Tenant): string {
  const models = [...tenant.models.values()].map(
    (model): Row => [
      model.name,
      model.definition.kind,
      model.isTrained ? model.version : 'not trained yet',
      model.isTrained ? model.asOf(tenant.seq) : '',
      model.waiting,
      model.isTrained ? model.model.interactions.users.length : 0,
      model.isTrained ? model.model.interactions.items.length : 0,
      model.version > 0 ? moment(model.trainedAt) : '',
    ],
  );
  const scenarios = [...tenant.scenarios].map(([name, { model, split }]): Row => {
    const { questions, fallback, empty } = tenant.questions.answered(name);
    const arms = split?.arms.map((arm) => arm.name).join(', ') ?? '';
    return [name, model, arms, questions, part(fallback, questions), part(empty, questions)];
  });
  const indexes = [...tenant.indexes.values()].map(({ name, size }): Row => [name, size]);
  const latest = jobs.list(tenant.name).slice(-10).reverse();
  const all = latest.map(
    ({ kind, model, index, state, phase, startedAt, error }): Row => [
      kind,
      model ?? index ?? '',
      state === 'running' ? phase : state,
      moment(startedAt),
      error?.detail ?? '',
    ],
  );
  return `<h2>Namespace ${escaped(tenant.name)}</h2><p>Last write ${tenant.seq}, ${tenant.catalogue.size} items.</p>
${table('Models', ['model', 'kind', 'version', 'asOf', 'events waiting', 'users', 'items', 'trained'], models)}
${table('Scenarios, since the start', ['scenario', 'model', 'arms', 'questions', 'popular alone', 'empty'], scenarios)}
${table('Indexes', ['index', 'vectors'], indexes)}
${table('The latest jobs', ['job', 'of', 'state', 'begun', 'why'], all)}`;
}

function table(title: string, head: readonly string[], rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${escaped(String(cell))}</td>`).join('')}</tr>`);
  return `<h3>${escaped(title)}</h3><table><tr>${head.map((each) => `<th>${escaped(each)}</th>`).join('')}</tr>${body.join('')}</table>`;
}

function part(n: number, of: number): string {
  return of === 0 ? '' : `${Math.round((n / of) * 100)}%`;
}

function moment(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
