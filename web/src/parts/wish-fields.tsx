import { useId } from 'preact/hooks';
import type { ModelKind, Wish } from '../engine/people.js';
import { percent, Slider } from './slider.js';

const MODELS: Readonly<Record<ModelKind, string>> = {
  ItemKnn: 'Things alike (ItemKnn)',
  UserKnn: 'People alike (UserKnn)',
  ImplicitAls: 'Hidden factors (ImplicitAls)',
};

/** How recommendations are made; everything changes the answer at once. */
export function WishFields({ wish, onChange }: { wish: Wish; onChange: (wish: Wish) => void }) {
  const id = useId();
  const set = (change: Partial<Wish>) => onChange({ ...wish, ...change });
  return (
    <details class="wish" open={isWide()}>
      <summary>How it is made</summary>
      <label for={id}>Model</label>
      <select id={id} value={wish.model} onChange={(event) => set({ model: event.currentTarget.value as ModelKind })}>
        {Object.entries(MODELS).map(([kind, title]) => (
          <option key={kind} value={kind}>
            {title}
          </option>
        ))}
      </select>
      {wish.model !== 'ImplicitAls' && (
        <Slider
          label="Neighbours"
          value={wish.neighbors}
          min={5}
          max={100}
          step={5}
          onChange={(neighbors) => set({ neighbors })}
        />
      )}
      <Slider
        label="What is popular"
        value={wish.popularity}
        min={0}
        max={0.9}
        step={0.1}
        show={percent}
        onChange={(popularity) => set({ popularity })}
      />
      <Slider
        label="Variety"
        value={wish.diversity}
        min={0}
        max={0.9}
        step={0.1}
        show={percent}
        onChange={(diversity) => set({ diversity })}
      />
    </details>
  );
}

/** On a phone the answer comes first. */
const isWide = () => matchMedia('(min-width: 901px)').matches;
