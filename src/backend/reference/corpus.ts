/** Dense rows as plain arrays, searched one by one. */
import { KindredError } from '../../errors.js';
import type { Corpus, Metric, SearchOptions, TopRows } from '../contract.js';
import { Best, emptyTopRows } from './best.js';
import { norm, score } from './score.js';

export class ReferenceCorpus implements Corpus {
  readonly dim: number;
  readonly metric: Metric;
  #stored: { rows: Float32Array[]; norms: number[] } | undefined = { rows: [], norms: [] };

  constructor(dim: number, metric: Metric) {
    this.dim = dim;
    this.metric = metric;
  }

  get size(): number {
    return this.#rows.length;
  }

  get bytes(): number {
    return this.size * (this.dim * 4 + 8);
  }

  append(rows: Float32Array): number {
    const count = rows.length / this.dim;
    const added = Array.from({ length: count }, (_, r) => rows.slice(r * this.dim, (r + 1) * this.dim));
    const norms = added.map(norm);
    const bad = norms.findIndex((length) => !Number.isFinite(length));
    if (bad >= 0) return bad;
    for (let r = 0; r < count; r++) {
      this.#rows.push(added[r]);
      this.#norms.push(norms[r]);
    }
    return -1;
  }

  overwrite(slot: number, row: Float32Array): boolean {
    const length = norm(row);
    if (!Number.isFinite(length)) return false;
    this.#rows[slot] = row.slice();
    this.#norms[slot] = length;
    return true;
  }

  read(slot: number): Float32Array {
    return this.#rows[slot].slice();
  }

  compact(keep: Uint8Array): void {
    const isKept = (_: unknown, slot: number) => keep[slot] !== 0;
    this.#stored = { rows: this.#rows.filter(isKept), norms: this.#norms.filter(isKept) };
  }

  search(queries: Float32Array, { k, minScore, admit }: SearchOptions): TopRows {
    const count = queries.length / this.dim;
    const answer = emptyTopRows(count, Math.min(k, this.size));
    for (let q = 0; q < count; q++) {
      const query = queries.subarray(q * this.dim, (q + 1) * this.dim);
      const queryNorm = norm(query);
      const best = new Best(answer.stride);
      for (let slot = 0; slot < this.size; slot++) {
        if (admit && admit[slot] === 0) continue;
        const value = score(this.metric, query, queryNorm, this.#rows[slot], this.#norms[slot]);
        if (value >= minScore) best.offer(slot, value);
      }
      best.writeTo(answer, q);
    }
    return answer;
  }

  free(): void {
    this.#stored = undefined;
  }

  get #rows(): Float32Array[] {
    return this.#opened().rows;
  }

  get #norms(): number[] {
    return this.#opened().norms;
  }

  #opened() {
    if (this.#stored === undefined) throw new KindredError('DISPOSED', 'this index was disposed of and holds nothing');
    return this.#stored;
  }
}
