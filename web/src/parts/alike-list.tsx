import type { Alike } from '../engine/people.js';

interface AlikeListProps {
  readonly list: readonly Alike[];
  /** What someone does with what they share: `uses` or `has`. */
  readonly verb: string;
  /** Said where nobody is alike. */
  readonly otherwise: string;
}

/** Who is alike, by how much, and in what. */
export function AlikeList({ list, verb, otherwise }: AlikeListProps) {
  if (list.length === 0) return <p class="hint">{otherwise}</p>;
  return (
    <ol class="alike">
      {list.map(({ user, score, common }) => (
        <li key={user}>
          <div class="line">
            <span class="name">{user}</span>
            <span class="score">{score.toFixed(3)}</span>
          </div>
          <p class="reasons">{`${verb} ${common.slice(0, 4).join(', ')}`}</p>
        </li>
      ))}
    </ol>
  );
}
