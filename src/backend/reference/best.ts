/** Keeps the k best of a stream of (position, score): a heap whose root is the worst kept. */
import type { TopRows } from '../contract/backend.js';

export class Best {
  readonly #k: number;
  readonly #positions: number[] = [];
  readonly #scores: number[] = [];

  constructor(k: number) {
    this.#k = k;
  }

  /** The worst score kept, once as many are kept as there may be. */
  get least(): number | undefined {
    return this.#scores.length < this.#k ? undefined : this.#scores[0];
  }

  /** Offers a row. Rows may come in any order. */
  offer(position: number, score: number): void {
    const size = this.#scores.length;
    if (size < this.#k) {
      this.#positions.push(position);
      this.#scores.push(score);
      this.#rise(size);
    } else if (this.#k > 0 && precedes(score, position, this.#scores[0], this.#positions[0])) {
      this.#positions[0] = position;
      this.#scores[0] = score;
      this.#sink(0);
    }
  }

  /** Writes the kept rows, best first, as answer number `query`. */
  writeTo(answer: TopRows, query: number): void {
    const order = this.#scores.map((_, n) => n);
    order.sort((m, n) => (precedes(this.#scores[m], this.#positions[m], this.#scores[n], this.#positions[n]) ? -1 : 1));
    answer.counts[query] = order.length;
    order.forEach((from, n) => {
      answer.positions[query * answer.stride + n] = this.#positions[from];
      answer.scores[query * answer.stride + n] = this.#scores[from];
    });
  }

  #rise(child: number): void {
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#isWorse(child, parent)) return;
      this.#swap(child, parent);
      child = parent;
    }
  }

  #sink(parent: number): void {
    for (;;) {
      let worst = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < this.#scores.length && this.#isWorse(child, worst)) worst = child;
      }
      if (worst === parent) return;
      this.#swap(worst, parent);
      parent = worst;
    }
  }

  #isWorse(m: number, n: number): boolean {
    return precedes(this.#scores[n], this.#positions[n], this.#scores[m], this.#positions[m]);
  }

  #swap(m: number, n: number): void {
    [this.#scores[m], this.#scores[n]] = [this.#scores[n], this.#scores[m]];
    [this.#positions[m], this.#positions[n]] = [this.#positions[n], this.#positions[m]];
  }
}

/** The order contract: score descending, then position ascending. */
export function precedes(scoreA: number, positionA: number, scoreB: number, positionB: number): boolean {
  return scoreA > scoreB || (scoreA === scoreB && positionA < positionB);
}

/** An empty answer for `queries` queries. */
export function emptyTopRows(queries: number, stride: number): TopRows {
  return {
    stride,
    counts: new Uint32Array(queries),
    positions: new Uint32Array(queries * stride),
    scores: new Float64Array(queries * stride),
  };
}

/** What it takes to put an answer of so many cells in order, in products to be added up. */
export function orderingWork(stride: number): number {
  return 8 * stride + 1;
}

/** Adds what other rows of the corpus have to answer to the same queries. */
export function mergeTopRows(part: TopRows, answer: TopRows): void {
  for (let q = 0; q < answer.counts.length; q++) mergeRows(part, answer, q);
}

function mergeRows(part: TopRows, { stride, counts, positions, scores }: TopRows, q: number): void {
  const at = q * stride;
  const from = q * part.stride;
  let [mine, theirs] = [counts[q], part.counts[q]];
  const count = Math.min(stride, mine + theirs);
  counts[q] = count;
  // From the worst on, so that nothing is written over before it has moved.
  for (let rank = mine + theirs - 1; theirs > 0; rank--) {
    const [me, they] = [at + mine - 1, from + theirs - 1];
    const isMine = mine > 0 && precedes(part.scores[they], part.positions[they], scores[me], positions[me]);
    if (isMine) mine--;
    else theirs--;
    if (rank >= count) continue;
    positions[at + rank] = isMine ? positions[at + mine] : part.positions[from + theirs];
    scores[at + rank] = isMine ? scores[at + mine] : part.scores[from + theirs];
  }
}

/** Copies answers of no more cells each into those of the queries from `first` on. */
export function copyTopRows(from: TopRows, to: TopRows, first: number): void {
  to.counts.set(from.counts, first);
  for (let q = 0; q < from.counts.length; q++) {
    const at = q * from.stride;
    const end = at + from.counts[q];
    to.positions.set(from.positions.subarray(at, end), (first + q) * to.stride);
    to.scores.set(from.scores.subarray(at, end), (first + q) * to.stride);
  }
}
