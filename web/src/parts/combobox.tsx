import { useId, useMemo, useRef, useState } from 'preact/hooks';

interface ComboboxProps {
  readonly label: string;
  readonly names: readonly string[];
  /** Positions that are not offered. */
  readonly without?: ReadonlySet<string>;
  readonly placeholder?: string;
  readonly onPick: (name: string, position: number) => void;
}

const SHOWN = 8;

/** A field that offers names as one types: WAI-ARIA's combobox with a list. */
export function Combobox({ label, names, without, placeholder, onPick }: ComboboxProps) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState('');
  const [active, setActive] = useState(0);
  const [isOpen, setOpen] = useState(false);
  const offered = useMemo(() => offers(names, typed, without), [names, typed, without]);
  const pick = (name: string) => {
    setTyped('');
    setOpen(false);
    setActive(0);
    onPick(name, names.indexOf(name));
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setOpen(true);
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setActive((before) => (offered.length === 0 ? 0 : (before + step + offered.length) % offered.length));
    } else if (event.key === 'Enter' && isOpen && offered.length > 0) {
      event.preventDefault();
      pick(offered[active]);
    } else if (event.key === 'Escape') {
      setOpen(false);
    }
  };
  const isShown = isOpen && offered.length > 0;
  return (
    <div class="combobox">
      <label for={`${id}field`}>{label}</label>
      <input
        id={`${id}field`}
        ref={field}
        type="text"
        role="combobox"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        placeholder={placeholder}
        value={typed}
        aria-expanded={isShown}
        aria-controls={`${id}list`}
        aria-autocomplete="list"
        aria-activedescendant={isShown ? `${id}${active}` : undefined}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setActive(0);
          setOpen(true);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setOpen(false)}
      />
      <div id={`${id}list`} class="offers" role="listbox" tabIndex={-1} aria-label="Offers" hidden={!isShown}>
        {offered.map((name, n) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keyboard, and its keys choose here
          <div
            key={name}
            id={`${id}${n}`}
            role="option"
            tabIndex={-1}
            aria-selected={n === active}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => pick(name)}
          >
            {name}
          </div>
        ))}
      </div>
      {typed !== '' && offered.length === 0 && <p class="hint">{`Nothing is called “${typed}”.`}</p>}
    </div>
  );
}

/** Those that begin with what was typed, and then those that hold it. */
function offers(names: readonly string[], typed: string, without: ReadonlySet<string> | undefined): string[] {
  const wanted = typed.trim().toLowerCase();
  if (wanted === '') return [];
  const [first, second]: [string[], string[]] = [[], []];
  for (const name of names) {
    if (without?.has(name)) continue;
    const at = name.toLowerCase().indexOf(wanted);
    if (at === 0) first.push(name);
    else if (at > 0) second.push(name);
    if (first.length === SHOWN) break;
  }
  return [...first, ...second].slice(0, SHOWN);
}
