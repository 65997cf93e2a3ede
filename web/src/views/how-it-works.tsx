/** Why a search that reads little is exact, and why the most similar person is not yet a recommendation. */
import { useState } from 'preact/hooks';
import type { ExampleProps, ViewProps } from '../app.js';
import { sift } from '../parts/certify.js';
import { Combobox } from '../parts/combobox.js';
import { Scrollable } from '../parts/scrollable.js';
import { Slider } from '../parts/slider.js';
import { useLatest } from '../parts/use-latest.js';

export function HowItWorks({ started, examples }: ExampleProps) {
  return (
    <>
      <h1>How it works</h1>
      <Filter started={started} examples={examples} />
      <SixPeople started={started} />
    </>
  );
}

const SHOWN = 40;

function Filter({ started: { engine }, examples: { words } }: ExampleProps) {
  const [picked, setPicked] = useState(() => words.indexOf('music'));
  const [bits, setBits] = useState(4);
  const [k, setK] = useState(3);
  const rows = useLatest(String(picked), async () => {
    // Some that are near, and some from all over.
    const { hits } = await engine.ask('near', { set: 'words', position: picked, k: 12 });
    const positions = new Set(hits.map(({ position }) => position));
    for (let n = 17; positions.size < SHOWN; n += 97) if (n % words.length !== picked) positions.add(n % words.length);
    const places = [...positions].sort((a, b) => a - b);
    const [query, ...own] = await engine.ask('rowsOf', { set: 'words', positions: [picked, ...places] });
    return { query, own, names: places.map((place) => words[place]) };
  });
  if (!rows.value) return null;
  const { query, own, names } = rows.value;
  const { intervals, threshold } = sift(own, query, bits, k);
  const left = intervals.filter(({ isLeft }) => isLeft).length;
  const x = (score: number) => 150 + ((score + 0.6) / 1.6) * 440;
  return (
    <div class="panel">
      <h2>A search that reads little, and is exact</h2>
      <p>
        Each row is also kept in a few bits a number. That copy gives an interval which is certain to hold the score. A
        row whose interval ends before the threshold cannot be among the best, so it is dropped. The few that are left
        are scored from the full numbers.
      </p>
      <div class="row">
        <Combobox
          label="Search for"
          names={words}
          placeholder={words[picked]}
          onPick={(_, position) => setPicked(position)}
        />
        <Slider label="Bits a number" value={bits} min={2} max={8} step={1} onChange={setBits} />
        <Slider label="How many to find" value={k} min={1} max={10} step={1} onChange={setK} />
      </div>
      <p role="status">
        <strong>{`${SHOWN - left} of ${SHOWN} rows are dropped unread, ${left} are scored.`}</strong>
        {` The best ${k}: ${bestOf(intervals, names, k)}.`}
      </p>
      <svg
        class="intervals"
        viewBox={`0 0 600 ${SHOWN * 14 + 30}`}
        role="img"
        aria-label="Intervals of the scores of 40 words"
      >
        <line class="threshold" x1={x(threshold)} x2={x(threshold)} y1={0} y2={SHOWN * 14 + 6} />
        <text class="axis" x={x(threshold)} y={SHOWN * 14 + 22} text-anchor="middle">
          threshold
        </text>
        {intervals.map(({ low, high, score, isLeft }, n) => (
          <g key={names[n]} class={isLeft ? 'left' : 'dropped'} transform={`translate(0 ${n * 14 + 8})`}>
            <text x={140} y={4} text-anchor="end">
              {names[n]}
            </text>
            <line x1={x(Math.max(low, -0.6))} x2={x(high)} y1={0} y2={0} />
            {isLeft && <circle cx={x(score)} cy={0} r={3} />}
          </g>
        ))}
      </svg>
    </div>
  );
}

function bestOf(intervals: readonly { score: number }[], names: readonly string[], k: number): string {
  const order = [...intervals.keys()].sort((a, b) => intervals[b].score - intervals[a].score);
  return order
    .slice(0, k)
    .map((n) => names[n])
    .join(', ');
}

const PEOPLE = ['Ann', 'Ben', 'Cas', 'Dee', 'Eli', 'Fay'];
const THINGS = ['apples', 'bread', 'cheese', 'dates', 'eggs', 'figs'];
const BOUGHT = PEOPLE.map((_, p) => THINGS.map((_, t) => t % 3 === p % 3));

function SixPeople({ started: { engine } }: ViewProps) {
  const [bought, setBought] = useState(BOUGHT);
  const lesson = useLatest(JSON.stringify(bought), () =>
    engine.ask('teach', { people: PEOPLE, things: THINGS, bought }),
  );
  const toggle = (p: number, t: number) =>
    setBought((before) => before.map((row, r) => row.map((has, c) => (r === p && c === t ? !has : has))));
  const nearest = (p: number) => {
    if (!lesson.value) return '';
    const row = [...lesson.value.similarity.subarray(p * 6, p * 6 + 6)];
    return PEOPLE[row.indexOf(Math.max(...row))];
  };
  return (
    <div class="panel">
      <h2>Six people, six things</h2>
      <p>
        “Give everybody what the most similar person has” looks right and recommends people to themselves. Let Ann buy
        cheese, and see what changes.
      </p>
      <Scrollable label="Who bought what">
        <table class="people">
          <thead>
            <tr>
              <th scope="col">Who</th>
              {THINGS.map((thing) => (
                <th key={thing} scope="col">
                  {thing}
                </th>
              ))}
              <th scope="col">Largest in the row</th>
              <th scope="col">kindred recommends</th>
            </tr>
          </thead>
          <tbody>
            {PEOPLE.map((person, p) => (
              <tr key={person}>
                <th scope="row">{person}</th>
                {THINGS.map((thing, t) => (
                  <td key={thing}>
                    <input
                      type="checkbox"
                      aria-label={`${person} bought ${thing}`}
                      checked={bought[p][t]}
                      onChange={() => toggle(p, t)}
                    />
                  </td>
                ))}
                <td class={nearest(p) === person ? 'wrong' : ''}>
                  {nearest(p)}
                  {nearest(p) === person && ' (oneself)'}
                </td>
                <td>
                  {lesson.value?.recommended[p].length === 0 && <span class="hint">nothing new</span>}
                  {lesson.value?.recommended[p].map(({ item, reasons }) => (
                    <span key={item}>
                      <strong>{item}</strong>
                      {` because of ${reasons.join(' and ')} `}
                    </span>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrollable>
      <button type="button" class="quiet" onClick={() => setBought(BOUGHT)}>
        Begin again
      </button>
    </div>
  );
}
