/** Words, and sections of a manual: what is near, what completes an analogy, and a map. */
import { useState } from 'preact/hooks';
import type { ExampleProps } from '../app.js';
import type { TextSet } from '../engine/texts.js';
import { Combobox } from '../parts/combobox.js';
import { Explorer } from '../parts/explorer.js';
import { NearList } from '../parts/near-list.js';
import { useLatest } from '../parts/use-latest.js';

export function Texts({ started, examples }: ExampleProps) {
  const { engine } = started;
  const { words, sections } = examples;
  const [set, setSet] = useState<TextSet>('words');
  const names = set === 'words' ? words : sections;
  return (
    <>
      <h1>What is near a word, or a text</h1>
      <p class="lead">
        {set === 'words'
          ? `${words.length.toLocaleString('en')} words in 100 dimensions (GloVe, learned from Wikipedia).`
          : `${sections.length} sections of a manual in 384 dimensions (a sentence transformer).`}
      </p>
      <fieldset class="choice">
        <legend class="unseen">What to look at</legend>
        {(['words', 'sections'] as const).map((each) => (
          <button key={each} type="button" aria-pressed={set === each} onClick={() => setSet(each)}>
            {each === 'words' ? 'Words' : 'Sections of a manual'}
          </button>
        ))}
      </fieldset>
      <Explorer
        key={set}
        label={`A map of ${names.length} ${set}`}
        names={names}
        first={set === 'words' ? words.indexOf('music') : 0}
        near={async (position) => (await engine.ask('near', { set, position, k: 10 })).hits}
        nearest={() => engine.ask('nearestTexts', { set })}
      />
      {set === 'words' && <Analogy started={started} examples={examples} />}
    </>
  );
}

const FIRST = ['man', 'king', 'woman'];

function Analogy({ started: { engine }, examples: { words } }: ExampleProps) {
  const [picked, setPicked] = useState(() => FIRST.map((word) => words.indexOf(word)));
  const [a, b, c] = picked;
  const answer = useLatest(picked.join(), () => engine.ask('analogy', { a, b, c, k: 5 }));
  const set = (place: number) => (_: string, position: number) =>
    setPicked((before) => before.map((each, n) => (n === place ? position : each)));
  return (
    <div class="panel">
      <h2>{`“${words[a]}” is to “${words[b]}” as “${words[c]}” is to …`}</h2>
      <div class="row">
        {['First', 'Second', 'Third'].map((label, n) => (
          <Combobox key={label} label={label} names={words} placeholder={words[picked[n]]} onPick={set(n)} />
        ))}
      </div>
      <div aria-live="polite">
        <NearList
          names={words}
          hits={answer.value ?? []}
          onPick={(position) => setPicked((before) => [before[1], before[2], position])}
        />
      </div>
    </div>
  );
}
