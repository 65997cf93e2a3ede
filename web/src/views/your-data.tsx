/** A visitor's own file: what it is, what was read of it, and what can be asked. */
import { useRef, useState } from 'preact/hooks';
import type { ViewProps } from '../app.js';
import { jsonLinesOf } from '../engine/helpers.js';
import type { Found, ReadTable } from '../engine/own-data.js';
import { OwnPeople } from './own-people.js';
import { OwnTable } from './own-table.js';
import { OwnVectors } from './own-vectors.js';

const EXAMPLE = `user,item,value
Ann,chess,5
Ann,go,4
Ben,chess,4
Ben,go,5
Ben,shogi,5
Cas,poker,3
Cas,go,two
Dee,chess,5
Dee,go,4
`;

export function YourData({ started: { engine } }: ViewProps) {
  const [name, setName] = useState('');
  const [found, setFound] = useState<Found>();
  const [table, setTable] = useState<ReadTable>();
  const [problem, setProblem] = useState('');
  const [isOver, setOver] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const open = async (file: Blob, fileName: string) => {
    setBusy(true);
    setProblem('');
    setTable(undefined);
    try {
      const raw = new Uint8Array(await file.arrayBuffer());
      const bytes = isParquet(raw) ? await jsonLinesOf(raw.buffer) : raw;
      const what = await engine.ask('open', { name: fileName, file: bytes }, undefined, [bytes.buffer]);
      setFound(what);
      setName(fileName);
    } catch (error) {
      // What was open before stays open.
      setProblem(`${fileName}: ${(error as Error).message}`);
    }
    setBusy(false);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer?.files[0];
    if (file) open(file, file.name);
  };
  return (
    <>
      <h1>Your data, on your device</h1>
      <p class="lead">
        Drop a file: who has what (CSV, JSON Lines, Parquet), vectors (<code>.npy</code>, word2vec, GloVe), or an index
        or model of kindred. It is read here and sent nowhere.
      </p>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same without a mouse */}
      <div
        class={isOver ? 'drop over' : 'drop'}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <button type="button" class="main" onClick={() => input.current?.click()}>
          Choose a file
        </button>
        <span>or drop it here</span>
        <button type="button" class="quiet" onClick={() => open(new Blob([EXAMPLE]), 'games.csv')}>
          Try a small one
        </button>
        <input
          ref={input}
          class="unseen"
          type="file"
          tabIndex={-1}
          aria-label="Your file"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            if (file) open(file, file.name);
            event.currentTarget.value = '';
          }}
        />
      </div>
      <div aria-live="polite">
        {isBusy && <p class="hint">The file is read…</p>}
        {problem !== '' && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
      </div>
      {found?.kind === 'table' && <OwnTable key={name} name={name} found={found} engine={engine} onRead={setTable} />}
      {found?.kind === 'table' && table && <OwnPeople engine={engine} names={table.names} counts={table.counts} />}
      {found?.kind === 'people' && <OwnPeople engine={engine} names={found.names} counts={found.counts} />}
      {found?.kind === 'vectors' && <OwnVectors key={name} engine={engine} found={found} />}
    </>
  );
}

const isParquet = (bytes: Uint8Array) => ['P', 'A', 'R', '1'].every((each, n) => bytes[n] === each.charCodeAt(0));
