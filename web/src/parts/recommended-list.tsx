import type { Recommended } from '../engine/people.js';

interface RecommendedListProps {
  /** What recommendations are made for: each thing keeps its colour. */
  readonly profile: readonly string[];
  readonly list: readonly Recommended[];
  readonly onPick: (item: string) => void;
}

/** Recommendations with their reasons: how much of a score each thing of the profile gives. */
export function RecommendedList({ profile, list, onPick }: RecommendedListProps) {
  const colour = (name: string, n: number) => `part${(profile.includes(name) ? profile.indexOf(name) : n) % 5}`;
  const best = Math.max(...list.map(({ score, isFilling }) => (isFilling ? 0 : score)), Number.MIN_VALUE);
  return (
    <ol class="recommended">
      {list.map(({ item, score, isFilling, reasons }) => (
        <li key={item}>
          <div class="line">
            <button type="button" class="name" aria-label={`Add ${item} to yours`} onClick={() => onPick(item)}>
              {item}
            </button>
            <span class="score">{isFilling ? 'popular' : score.toFixed(3)}</span>
          </div>
          {!isFilling && (
            <div class="bar" style={{ width: `${Math.max(2, (100 * score) / best)}%` }} aria-hidden="true">
              {reasons.map(({ name, share }, n) => (
                <span key={name} class={colour(name, n)} style={{ flexGrow: share }} />
              ))}
            </div>
          )}
          {reasons.length > 0 && (
            <p class="reasons">
              because of{' '}
              {reasons.slice(0, 3).map(({ name, share }, n) => (
                <span key={name}>
                  {n > 0 && ', '}
                  <span class={`key ${colour(name, n)}`} aria-hidden="true" /> {name} {Math.round(share * 100)} %
                </span>
              ))}
            </p>
          )}
        </li>
      ))}
    </ol>
  );
}
