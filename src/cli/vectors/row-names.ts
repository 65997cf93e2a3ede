/** Rows of a vector file by name: from people's words to row numbers and back. */
import { nearSpellings } from '../../arguments/near-spellings.js';
import { KindredError } from '../../index.js';

const AMBIGUOUS_SHOWN_MAX = 5;

export class RowNames {
  readonly #file: string;
  readonly #rows: number;
  readonly #names: readonly string[] | undefined;

  /** @param names one per row; a name may stand for several rows. Without them rows have numbers only. */
  constructor(file: string, rows: number, names?: readonly string[]) {
    this.#file = file;
    this.#rows = rows;
    this.#names = names;
  }

  nameOf(row: number): string | number {
    return this.#names?.[row] ?? row;
  }

  /**
   * The row of a name or, where no row has that name, of a number from 0.
   * @throws KindredError UNKNOWN_ID with near spellings; INVALID_ARGUMENT for a name of several rows.
   */
  rowOf(text: string): number {
    const first = this.#names?.indexOf(text) ?? -1;
    if (first >= 0) return this.#only(first, text);
    const number = Number(text);
    if (/^\d+$/.test(text) && number < this.#rows) return number;
    throw new KindredError(
      'UNKNOWN_ID',
      `no row of ${this.#file} is named ${JSON.stringify(text)}; ${this.#hint(text)}`,
    );
  }

  #only(first: number, text: string): number {
    const names = this.#names as readonly string[];
    const all: number[] = [];
    for (let row = first; row >= 0; row = names.indexOf(text, row + 1)) all.push(row);
    if (all.length === 1) return first;
    const shown = all.slice(0, AMBIGUOUS_SHOWN_MAX).join(', ');
    throw new KindredError(
      'INVALID_ARGUMENT',
      `${all.length} rows of ${this.#file} are named ${JSON.stringify(text)}; give the number of one: ${shown}`,
    );
  }

  #hint(text: string): string {
    const near = nearSpellings(text, this.#names ?? []).map((name) => JSON.stringify(name));
    if (near.length > 0) return `did you mean ${near.join(', ')}?`;
    const numbers = this.#rows === 0 ? 'it has no rows' : `its rows are numbered 0 to ${this.#rows - 1}`;
    return this.#names ? numbers : `${numbers} (--ids FILE would name them)`;
  }
}
