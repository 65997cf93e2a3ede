/** When model files were written last, so that one which was made before somebody was forgotten is not written after. */
import { Refusal } from '../errors.js';
import type { Change } from './contract.js';

/** Changes of files. A forgetting goes by all of them, a file by those of its own model and by forgettings. */
const OF_FILES: readonly Change['kind'][] = ['add-version', 'save-version', 'activate-version', 'undefine'];

/** What a store must know of the past to judge a write of files: the last number of each kind. */
export interface FilesBefore {
  /** Of all files in the namespace. */
  readonly any: number;
  /** Of the model's files. */
  readonly own: number;
  readonly forgotten: number;
}

/** @throws Refusal CONFLICT for files that were made before others that count */
export function requireBasis(change: Change, { any, own, forgotten }: FilesBefore): void {
  if (!('known' in change) || change.known === undefined) return;
  const last = Math.max(forgotten, change.kind === 'forget' ? any : own);
  if (change.known >= last) return;
  const message = `The files go by the write ${change.known}, and the write ${last} has changed what they may know.`;
  throw new Refusal('CONFLICT', message);
}

/** The past since the start, kept in memory, for a store that has one process. */
export class FileWrites {
  readonly #last = new Map<string, number>();

  check(change: Change): void {
    if (!('namespace' in change)) return;
    const { namespace } = change;
    const at = (...key: string[]) => this.#last.get(JSON.stringify([namespace, ...key])) ?? 0;
    requireBasis(change, {
      any: at('files'),
      own: at('model', 'model' in change ? change.model : ''),
      forgotten: at('forget'),
    });
  }

  note(change: Change, seq: number): void {
    if (!('namespace' in change)) return;
    const set = (...key: string[]) => this.#last.set(JSON.stringify([change.namespace, ...key]), seq);
    if (change.kind === 'forget') set('forget');
    if (!OF_FILES.includes(change.kind)) return;
    set('files');
    if ('model' in change) set('model', change.model);
    if (change.kind === 'undefine') set('model', change.name);
  }
}
