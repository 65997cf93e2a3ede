import { useState } from 'preact/hooks';
import type { Engine } from '../engine/calls.js';
import type { Found } from '../engine/own-data.js';
import type { EngineTasks } from '../engine/worker.js';
import { Explorer } from '../parts/explorer.js';
import { offerFile } from '../parts/offer-file.js';

interface OwnVectorsProps {
  readonly engine: Engine<EngineTasks>;
  readonly found: Found & { kind: 'vectors' };
}

/** A map lays out so many rows in a few seconds. */
const MAP_ROWS = 10_000;

export function OwnVectors({ engine, found }: OwnVectorsProps) {
  const names = found.ids.map(String);
  const [pairs, setPairs] = useState<readonly { a: string; b: string; score: number }[]>();
  const [problem, setProblem] = useState('');
  const run = async (action: () => Promise<void>) => {
    setProblem('');
    await action().catch((error: Error) => setProblem(error.message));
  };
  return (
    <>
      <p role="status">
        {`${found.rows.toLocaleString('en')} vectors of ${found.dim} numbers, compared by ${found.metric}.`}
      </p>
      {found.rows <= MAP_ROWS ? (
        <Explorer
          label={`A map of ${found.rows} vectors`}
          names={names}
          first={0}
          near={(position) => engine.ask('ownNear', { position, k: 10 })}
          nearest={() => engine.ask('nearestOwn', {})}
        />
      ) : (
        <p class="hint">{`A map is drawn of up to ${MAP_ROWS.toLocaleString('en')} vectors.`}</p>
      )}
      <div class="panel">
        <h2>Nearly the same</h2>
        <button
          type="button"
          class="main"
          onClick={() => run(async () => setPairs(await engine.ask('ownPairs', { limit: 20 })))}
        >
          Find the 20 closest pairs
        </button>{' '}
        <button
          type="button"
          class="quiet"
          onClick={() => run(async () => offerFile(await engine.ask('ownIndexFile', {}), 'index.kindred'))}
        >
          Download this index
        </button>
        {problem !== '' && <p class="problem">{problem}</p>}
        {pairs && (
          <ol class="near">
            {pairs.map(({ a, b, score }) => (
              <li key={`${a} ${b}`} class="line">
                <span class="name">{`${a} and ${b}`}</span>
                <span class="score">{score.toFixed(4)}</span>
              </li>
            ))}
          </ol>
        )}
      </div>
    </>
  );
}
