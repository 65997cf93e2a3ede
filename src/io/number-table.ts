/** Numbers as text, a row a line, as `numpy.savetxt` writes them. */
import { KindredError } from '../errors.js';
import type { NumericMatrix } from './npy.js';

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const LINE_MAX = 1 << 24;

/** Whole text, or lines of it in pieces that may end anywhere. */
export type TableSource = string | Iterable<string> | AsyncIterable<string>;

/**
 * Reads rows of float64, separated by spaces, tabs, commas or semicolons. Blank lines and what follows a `#` are left
 * out. Every row has as many numbers as the first.
 * @throws KindredError CORRUPT_FILE naming the first bad line, counted from 1.
 * @example
 * (await readNumberTable('# x y\n1.5 2\n3 4e-1\n')).data; // Float64Array(4) [ 1.5, 2, 3, 0.4 ]
 */
export async function readNumberTable(source: TableSource): Promise<NumericMatrix<Float64Array>> {
  const reader = new TableReader();
  let rest = '';
  for await (const piece of typeof source === 'string' ? [source] : source) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() as string;
    if (rest.length > LINE_MAX) reader.fail(`no line end within ${LINE_MAX} characters`);
    for (const line of lines) reader.push(line);
  }
  reader.push(rest);
  return reader.finish();
}

class TableReader {
  #data = new Float64Array(1024);
  #length = 0;
  #dim = 0;
  #line = 0;

  push(text: string): void {
    this.#line++;
    const fields = fieldsOf(text);
    if (fields.length === 0) return;
    this.#dim ||= fields.length;
    if (fields.length !== this.#dim) this.fail(`${fields.length} numbers; the first row has ${this.#dim}`);
    if (this.#length + this.#dim > this.#data.length) {
      const larger = new Float64Array(2 * (this.#length + this.#dim));
      larger.set(this.#data);
      this.#data = larger;
    }
    for (const field of fields) {
      const value = Number(field);
      if (!NUMBER.test(field) || !Number.isFinite(value))
        this.fail(`${JSON.stringify(field.slice(0, 40))}, which is no number`);
      this.#data[this.#length++] = value;
    }
  }

  finish(): NumericMatrix<Float64Array> {
    if (this.#dim === 0) this.fail('no number in the whole file');
    return { data: this.#data.slice(0, this.#length), rows: this.#length / this.#dim, dim: this.#dim };
  }

  fail(found: string): never {
    throw new KindredError('CORRUPT_FILE', `numbers: line ${this.#line}: found ${found}`);
  }
}

/** The fields of a line; none for a blank one or a comment. */
function fieldsOf(line: string): string[] {
  const text = line.replace(/#.*/, '').trim();
  return text === '' ? [] : text.split(/\s*[,;]\s*|\s+/);
}
