/** Results of jobs that are too long for one answer, kept in memory until later ones need the room. */
import { LIMITS } from '../limits.js';

/** A result that is read line by line, each made as it is read. */
export interface Lines {
  /** Of memory, about. */
  readonly bytes: number;
  read(): Iterable<object>;
}

export class KeptLines {
  readonly #kept = new Map<string, Lines>();
  #bytes = 0;

  /** The oldest go first, and the newest stays. */
  keep(id: string, lines: Lines): void {
    this.#kept.set(id, lines);
    this.#bytes += lines.bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= LIMITS.resultBytes || oldest === id) return;
      this.drop(oldest);
    }
  }

  get(id: string): Lines | undefined {
    return this.#kept.get(id);
  }

  drop(id: string): void {
    this.#bytes -= this.#kept.get(id)?.bytes ?? 0;
    this.#kept.delete(id);
  }
}
