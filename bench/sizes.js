/** The sizes of a case: its own, or what --rows, --dim, --queries and --data put in their place. */
import { DATA_KINDS } from './data.js';

const NUMBERS = ['rows', 'dim', 'queries'];

/** The options that `parseArgs` reads for it. */
export const SIZE_OPTIONS = Object.fromEntries(
  [...NUMBERS, 'data', 'threads'].map((name) => [name, { type: 'string' }]),
);

/** Lists from the options' texts, e.g. `--rows 1000,20000`; what was not given stays undefined. */
export function readSizeOptions(values) {
  const read = Object.fromEntries([...NUMBERS, 'threads'].map((name) => [name, readNumbers(name, values[name])]));
  const data = values.data?.split(',');
  const unknown = data?.find((kind) => !DATA_KINDS.includes(kind));
  if (unknown !== undefined) throw new Error(`--data ${unknown} is none of ${DATA_KINDS.join(', ')}`);
  return { ...read, data };
}

function readNumbers(name, text) {
  const numbers = text?.split(',').map(Number);
  const wrong = numbers?.findIndex((each) => !Number.isSafeInteger(each) || each <= 0) ?? -1;
  if (wrong >= 0) throw new Error(`--${name} takes positive integers, not ${JSON.stringify(text.split(',')[wrong])}`);
  return numbers;
}

/** Every default with each property that an option names replaced by each of its values, labelled, none twice. */
export function sizesOf(defaults, options, label) {
  let sizes = defaults;
  for (const name of [...NUMBERS, 'data']) {
    if (options[name] === undefined) continue;
    sizes = sizes.flatMap((size) =>
      name in size ? options[name].map((value) => ({ ...size, [name]: value })) : [size],
    );
  }
  const labelled = new Map(sizes.map((size) => [label(size), { ...size, label: label(size) }]));
  return [...labelled.values()];
}

export function count(number) {
  return number.toLocaleString('en');
}

/** `100,000 x 768`, with the kind of data where it is not the usual one. */
export function shape({ rows, dim, data = 'clustered' }) {
  return `${count(rows)} x ${dim}${data === 'clustered' ? '' : `, ${data}`}`;
}
