/** Named vectors to look around in: a map, a search, and what is near what was picked. */
import { useEffect, useState } from 'preact/hooks';
import { layOut } from '../engine/helpers.js';
import type { Frame, NearestRows } from '../engine/map/layout.js';
import { Combobox } from './combobox.js';
import { MapView } from './map.js';
import { NearList } from './near-list.js';
import { useLatest } from './use-latest.js';

export interface Near {
  readonly position: number;
  readonly score: number;
}

interface ExplorerProps {
  readonly label: string;
  readonly names: readonly string[];
  readonly first: number;
  readonly near: (position: number) => Promise<readonly Near[]>;
  readonly nearest: () => Promise<NearestRows>;
}

export function Explorer({ label, names, first, near, nearest }: ExplorerProps) {
  const [picked, setPicked] = useState(first);
  const [points, setPoints] = useState<Float32Array>();
  const [done, setDone] = useState(0);
  const [problem, setProblem] = useState('');
  const hits = useLatest(String(picked), () => near(picked));
  useEffect(() => {
    let isHere = true;
    const show = (frame: Frame) => {
      if (!isHere) return;
      setPoints(frame.points);
      setDone(frame.done);
    };
    const drawn = nearest().then((rows) => layOut(rows, show));
    drawn.then(
      (points) => show({ points, done: 1 }),
      (error: Error) => setProblem(error.message),
    );
    return () => {
      isHere = false;
    };
  }, []);
  return (
    <div class="columns wide">
      <div class="panel">
        {problem !== '' && <p class="problem">{problem}</p>}
        {points ? (
          <MapView
            label={label}
            picture={{ points, names, picked, near: hits.value ?? [] }}
            onPick={(position) => setPicked(position)}
          />
        ) : (
          <p class="map waiting">The neighbours of all are found, and the map is drawn.</p>
        )}
        {done < 1 && <progress value={done} max={1} aria-label="The map settles" />}
        <p class="hint">
          Places are a picture (UMAP): near means something, far does not. Lines and scores are exact, in the space of
          all dimensions.
        </p>
      </div>
      <div class="panel">
        <Combobox label="Look for" names={names} onPick={(_, position) => setPicked(position)} />
        <h2>{`Near “${names[picked]}”`}</h2>
        {hits.error !== '' && <p class="problem">{hits.error}</p>}
        <div aria-live="polite">
          <NearList names={names} hits={hits.value ?? []} onPick={setPicked} />
        </div>
      </div>
    </div>
  );
}
