import { useMemo, useState } from 'preact/hooks';
import type { Engine } from '../engine/calls.js';
import type { Measured } from '../engine/own-data.js';
import type { Counts } from '../engine/people.js';
import type { EngineTasks } from '../engine/worker.js';
import { AlikeList } from '../parts/alike-list.js';
import { Chips } from '../parts/chips.js';
import { Combobox } from '../parts/combobox.js';
import { offerFile } from '../parts/offer-file.js';
import { RecommendedList } from '../parts/recommended-list.js';
import { useLatest } from '../parts/use-latest.js';
import { WishFields } from '../parts/wish-fields.js';
import { FIRST_WISH } from './for-you.js';

interface OwnPeopleProps {
  readonly engine: Engine<EngineTasks>;
  readonly names: readonly string[];
  readonly counts: Counts;
}

/** Recommendations, people alike and an evaluation, of what a visitor brought. */
export function OwnPeople({ engine, names, counts }: OwnPeopleProps) {
  const [profile, setProfile] = useState<readonly string[]>([]);
  const [wish, setWish] = useState(FIRST_WISH);
  const [problem, setProblem] = useState('');
  const mine = useMemo(() => new Set(profile), [profile]);
  const key = JSON.stringify([counts, profile, wish]);
  const list = useLatest(key, () => engine.ask('ownRecommend', { profile, wish }));
  const alike = useLatest(JSON.stringify([counts, profile]), () => engine.ask('ownAlike', { profile, k: 6 }));
  const add = (name: string) => setProfile((before) => (before.includes(name) ? before : [...before, name]));
  const save = async () => {
    setProblem('');
    try {
      offerFile(await engine.ask('ownModelFile', { wish }), 'model.kindred');
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <>
      <div class="columns">
        <div class="panel">
          <h2>Someone has</h2>
          <Combobox label="Add a thing" names={names} without={mine} onPick={add} />
          <Chips
            label="Their things"
            names={profile}
            onRemove={(name) => setProfile(profile.filter((each) => each !== name))}
          />
          <WishFields wish={wish} onChange={setWish} />
          <button type="button" class="main" onClick={save}>
            Download this model
          </button>
          {problem !== '' && <p class="problem">{problem}</p>}
        </div>
        <div class="panel" aria-live="polite">
          <h2>Recommended</h2>
          {list.error !== '' && <p class="problem">{list.error}</p>}
          <RecommendedList profile={profile} list={list.value ?? []} onPick={add} />
        </div>
        <div class="panel">
          <h2>People alike</h2>
          {alike.value && <AlikeList list={alike.value} verb="has" otherwise="Nobody shares any of these things." />}
        </div>
      </div>
      <Evaluation engine={engine} />
    </>
  );
}

const METRICS: Readonly<Record<string, string>> = {
  recall: 'Found again, of what was hidden (recall@10)',
  ndcg: 'The same, early places counting more (ndcg@10)',
  coverage: 'Things that are ever recommended (coverage)',
};

/** How good the model is on things that were hidden from it, beside what is popular. */
function Evaluation({ engine }: { engine: Engine<EngineTasks> }) {
  const [measured, setMeasured] = useState<readonly Measured[]>([]);
  const [progress, setProgress] = useState('');
  const [problem, setProblem] = useState('');
  const go = async () => {
    setProblem('');
    try {
      setMeasured(
        await engine.ask('evaluateOwn', {}, ({ model, done }) => setProgress(`${model}: ${Math.round(100 * done)} %`)),
      );
    } catch (error) {
      setProblem((error as Error).message);
    }
    setProgress('');
  };
  return (
    <div class="panel">
      <h2>How good is it?</h2>
      <p>Some of what people have is hidden, and the model is asked for it. What is popular is the yardstick.</p>
      <button type="button" class="main" disabled={progress !== ''} onClick={go}>
        {progress === '' ? 'Evaluate' : progress}
      </button>
      {problem !== '' && <p class="problem">{problem}</p>}
      {Object.entries(METRICS).map(([metric, title]) => {
        const rows = measured.filter((each) => each.metric === metric);
        if (rows.length === 0) return null;
        const most = Math.max(...rows.map(({ value, high }) => high ?? value), 0.001);
        return (
          <table key={metric} class="timings">
            <caption>{title}</caption>
            <tbody>
              {rows.map(({ model, value, low, high }) => (
                <tr key={model}>
                  <th scope="row">{model}</th>
                  <td>
                    <div class="bar" style={{ width: `${Math.max(1, (100 * value) / most)}%` }} />
                    {Number.isNaN(value) ? 'nobody could be asked' : value.toFixed(3)}
                    {low !== undefined && high !== undefined && (
                      <span class="hint">{` from ${low.toFixed(3)} to ${high.toFixed(3)} (95 %)`}</span>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        );
      })}
    </div>
  );
}
