/** Pick what you use, and see what goes with it, with reasons, as you pick. */
import { useMemo, useState } from 'preact/hooks';
import type { ViewProps } from '../app.js';
import type { ModelKind, Wish } from '../engine/people.js';
import { AlikeList } from '../parts/alike-list.js';
import { Chips } from '../parts/chips.js';
import { Combobox } from '../parts/combobox.js';
import { RecommendedList } from '../parts/recommended-list.js';
import { useLatest } from '../parts/use-latest.js';
import { WishFields } from '../parts/wish-fields.js';

const EXAMPLES: readonly { readonly title: string; readonly names: readonly string[] }[] = [
  { title: 'a data scientist', names: ['python3-numpy', 'python3-matplotlib', 'python3-sklearn'] },
  { title: 'a maker of games', names: ['libsdl2-2.0-0', 'libopenal1'] },
  { title: 'a web developer', names: ['python3-requests', 'python3-django', 'python3-jinja2'] },
];

export const FIRST_WISH: Wish = { model: 'ItemKnn' as ModelKind, neighbors: 50, popularity: 0, diversity: 0, k: 8 };

export function ForYou({ started: { engine, packages, counts } }: ViewProps) {
  const known = useMemo(() => new Set(packages), [packages]);
  const [profile, setProfile] = useState<readonly string[]>(() => EXAMPLES[0].names.filter((name) => known.has(name)));
  const [wish, setWish] = useState(FIRST_WISH);
  const mine = useMemo(() => new Set(profile), [profile]);
  const answer = useLatest(JSON.stringify([profile, wish]), () => engine.ask('recommend', { profile, wish }));
  const alike = useLatest(JSON.stringify([profile, answer.isStale]), async () =>
    answer.isStale ? undefined : await engine.ask('alike', { profile, k: 6 }),
  );
  const add = (name: string) => setProfile((before) => (before.includes(name) ? before : [...before, name]));
  const remove = (name: string) => setProfile((before) => before.filter((each) => each !== name));
  return (
    <>
      <h1>What goes with what you use</h1>
      <p class="lead">
        {counts.users.toLocaleString('en')} programs of Debian taught this page which of{' '}
        {counts.items.toLocaleString('en')} libraries go together. Your picks never leave this device.
      </p>
      <div class="columns">
        <div class="panel">
          <h2>You use</h2>
          <Combobox label="Add a package" names={packages} without={mine} placeholder="numpy" onPick={add} />
          <Chips label="Your packages" names={profile} onRemove={remove} />
          <p class="examples">
            Or be{' '}
            {EXAMPLES.map(({ title, names }) => (
              <button
                key={title}
                type="button"
                class="quiet"
                onClick={() => setProfile(names.filter((n) => known.has(n)))}
              >
                {title}
              </button>
            ))}
          </p>
          <WishFields wish={wish} onChange={setWish} />
        </div>
        <div class="panel" aria-live="polite" aria-busy={answer.isStale}>
          <h2>For you</h2>
          {answer.error !== '' && <p class="problem">{answer.error}</p>}
          {profile.length === 0 && <p class="hint">Nothing is known of you yet, so this is what most programs use.</p>}
          {answer.value && (
            <>
              <RecommendedList profile={profile} list={answer.value.list} onPick={add} />
              <p class="hint">{`answered in ${answer.value.milliseconds.toFixed(0)} ms, on this device`}</p>
            </>
          )}
        </div>
        <div class="panel">
          <h2>Programs like you</h2>
          {alike.value && (
            <AlikeList
              list={alike.value}
              verb="uses"
              otherwise="Pick something, and programs that use the same appear here."
            />
          )}
        </div>
      </div>
    </>
  );
}
