/** All backends of this browser, on the same question: how fast, and whether the bits are the same. */
import { useState } from 'preact/hooks';
import type { ExampleProps } from '../app.js';
import type { Timing } from '../engine/speed.js';
import { DIM, QUERIES, ROWS } from '../engine/speed-question.js';

export function Speed({ started: { engine }, examples: { node } }: ExampleProps) {
  const [timings, setTimings] = useState<readonly Timing[]>([]);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const measure = async () => {
    setBusy(true);
    setTimings([]);
    setProblem('');
    try {
      await engine.ask('measure', {}, (timing) => setTimings((before) => [...before, timing]));
    } catch (error) {
      setProblem((error as Error).message);
    }
    setBusy(false);
  };
  const slowest = Math.max(...timings.map(({ milliseconds = 0 }) => milliseconds), 0.001);
  const hashes = new Set(timings.flatMap(({ hash }) => hash ?? []));
  const isSame = hashes.size === 1 && hashes.has(node.hash);
  return (
    <>
      <h1>The same bits, as fast as this device can</h1>
      <p class="lead">
        {`${QUERIES} questions to ${ROWS.toLocaleString('en')} rows of ${DIM} numbers: the ten best of each, exactly.`}
      </p>
      <button type="button" class="main" disabled={isBusy} onClick={measure}>
        {isBusy ? 'Measuring…' : 'Measure this device'}
      </button>
      {problem !== '' && <p class="problem">{problem}</p>}
      {timings.length > 0 && (
        <table class="timings">
          <caption>One question on one thread, the median of {QUERIES}</caption>
          <thead>
            <tr>
              <th scope="col">Backend</th>
              <th scope="col">Time</th>
              <th scope="col">Answers</th>
            </tr>
          </thead>
          <tbody>
            {timings.map(({ label, milliseconds, hash, reason }) => (
              <tr key={label}>
                <th scope="row">
                  <code>{label}</code>
                </th>
                <td>
                  {milliseconds === undefined ? (
                    <span class="hint">{reason}</span>
                  ) : (
                    <>
                      <div class="bar" style={{ width: `${Math.max(1, (100 * milliseconds) / slowest)}%` }} />
                      {milliseconds.toFixed(2)} ms
                    </>
                  )}
                </td>
                <td>{hash && <code>{hash}</code>}</td>
              </tr>
            ))}
            <tr>
              <th scope="row">
                <code>{`Node, ${node.backend}`}</code>
              </th>
              <td class="hint">when this page was built</td>
              <td>
                <code>{node.hash}</code>
              </td>
            </tr>
          </tbody>
        </table>
      )}
      {timings.length > 0 && !isBusy && (
        <p class={isSame ? 'closed' : 'problem'} role="status">
          {isSame
            ? 'Every backend gave the same bits as Node: places and scores of all 200 hits.'
            : 'The answers differ. Please report this, with the table above.'}
        </p>
      )}
    </>
  );
}
