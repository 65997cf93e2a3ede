import { useId, useState } from 'preact/hooks';
import type { Engine } from '../engine/calls.js';
import type { Found, ReadTable } from '../engine/own-data.js';
import type { Columns } from '../engine/table-preview.js';
import type { EngineTasks } from '../engine/worker.js';
import { Scrollable } from '../parts/scrollable.js';

interface OwnTableProps {
  readonly name: string;
  readonly found: Found & { kind: 'table' };
  readonly engine: Engine<EngineTasks>;
  readonly onRead: (table: ReadTable) => void;
}

const ROLES: readonly { readonly role: keyof Columns; readonly title: string; readonly isNeeded: boolean }[] = [
  { role: 'user', title: 'Who', isNeeded: true },
  { role: 'item', title: 'What', isNeeded: true },
  { role: 'value', title: 'How much', isNeeded: false },
  { role: 'time', title: 'When', isNeeded: false },
];

/** The columns of a table: what was recognised can be seen and changed before anything is read. */
export function OwnTable({ name, found, engine, onRead }: OwnTableProps) {
  const id = useId();
  const [columns, setColumns] = useState<Partial<Columns>>(found.guess);
  const [read, setRead] = useState<ReadTable>();
  const [problem, setProblem] = useState('');
  const { user, item } = columns;
  const go = async () => {
    setProblem('');
    try {
      const table = await engine.ask('readTable', { columns: columns as Columns });
      setRead(table);
      onRead(table);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <div class="panel">
      <h2>{name}</h2>
      <Scrollable label="The first rows">
        <table class="preview">
          <thead>
            <tr>
              {found.columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.rows.map((row, n) => (
              <tr key={n}>
                {row.map((field, f) => (
                  <td key={f}>{field}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scrollable>
      <div class="row">
        {ROLES.map(({ role, title, isNeeded }) => (
          <div key={role} class="field">
            <label for={`${id}${role}`}>{title}</label>
            <select
              id={`${id}${role}`}
              value={columns[role] ?? ''}
              onChange={(event) => setColumns({ ...columns, [role]: event.currentTarget.value || undefined })}
            >
              <option value="">{isNeeded ? 'choose…' : 'none'}</option>
              {found.columns.map((column) => (
                <option key={column} value={column}>
                  {column}
                </option>
              ))}
            </select>
          </div>
        ))}
        <button type="button" class="main" disabled={!user || !item || user === item} onClick={go}>
          Read it
        </button>
      </div>
      {(!user || !item) && <p class="hint">Choose which column says who, and which says what.</p>}
      {problem !== '' && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {read && <Account read={read} />}
    </div>
  );
}

/** What was read, and what was left out and why, by line. */
function Account({ read }: { read: ReadTable }) {
  const dropped = Object.values(read.dropped).reduce((sum, count) => sum + count, 0);
  return (
    <div role="status">
      <p>
        {`${read.read.toLocaleString('en')} rows were read: ${read.counts.size.toLocaleString('en')} pairs of `}
        {`${read.counts.users.toLocaleString('en')} people and ${read.counts.items.toLocaleString('en')} things.`}
        {read.merged > 0 && ` ${read.merged.toLocaleString('en')} said the same pair again.`}
        {dropped > 0 && ` Left out: ${dropped.toLocaleString('en')}.`}
      </p>
      {read.examples.length > 0 && (
        <ul class="bad">
          {read.examples.map(({ line, message }) => (
            <li key={line}>{message}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
