interface ChipsProps {
  readonly label: string;
  readonly names: readonly string[];
  readonly onRemove: (name: string) => void;
}

/** What was picked; each can be taken away again. */
export function Chips({ label, names, onRemove }: ChipsProps) {
  if (names.length === 0) return null;
  return (
    <ul class="chips" aria-label={label}>
      {names.map((name) => (
        <li key={name}>
          {name}
          <button type="button" aria-label={`Remove ${name}`} onClick={() => onRemove(name)}>
            ×
          </button>
        </li>
      ))}
    </ul>
  );
}
