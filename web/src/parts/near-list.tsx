interface NearListProps {
  readonly names: readonly string[];
  readonly hits: readonly { readonly position: number; readonly score: number }[];
  readonly onPick: (position: number) => void;
}

/** What is near, with scores; each can be looked at in turn. */
export function NearList({ names, hits, onPick }: NearListProps) {
  return (
    <ol class="near">
      {hits.map(({ position, score }) => (
        <li key={position}>
          <div class="line">
            <button type="button" class="name" onClick={() => onPick(position)}>
              {names[position]}
            </button>
            <span class="score">{score.toFixed(4)}</span>
          </div>
          <div class="bar thin" style={{ width: `${Math.max(0, Math.min(1, score)) * 100}%` }} aria-hidden="true" />
        </li>
      ))}
    </ol>
  );
}
