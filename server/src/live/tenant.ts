/** A namespace as it is in memory: what the store holds of it, ready to answer. */
import { LiveIndex } from '../indexes/live-index.js';
import { LiveModel } from '../models/live-model.js';
import { Pages } from '../scenarios/pages.js';
import { Questions } from '../scenarios/questions.js';
import type { StoredEvent } from '../schema/behaviour.js';
import { IndexInput } from '../schema/indexes.js';
import { ModelInput } from '../schema/models.js';
import { ScenarioInput } from '../schema/scenarios.js';
import type { Definition } from '../store/contract.js';
import { Catalogue } from './catalogue.js';

/** Who was taken out, and by which write. */
export interface Gone {
  readonly side: 'user' | 'item';
  readonly id: string;
  readonly seq: number;
}

export class Tenant {
  readonly name: string;
  readonly catalogue = new Catalogue();
  readonly models = new Map<string, LiveModel>();
  readonly scenarios = new Map<string, ScenarioInput>();
  readonly questions = new Questions();
  readonly pages = new Pages();
  readonly indexes = new Map<string, LiveIndex>();
  /** For each training under way, whom it must not bring back. */
  readonly forgetting = new Set<Gone[]>();
  /** The number of the last write that is taken in here. */
  seq = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** What a write has come to is true here from now on. */
  reach(seq: number): void {
    this.seq = Math.max(this.seq, seq);
  }

  define({ thing, name, body }: Definition): void {
    if (thing === 'scenario') this.scenarios.set(name, ScenarioInput.parse(body));
    if (thing === 'model') this.#defineModel(name, ModelInput.parse(body));
    if (thing === 'index' && !this.indexes.has(name))
      this.indexes.set(name, new LiveIndex(name, IndexInput.parse(body)));
  }

  /** Defined alike by another process as well, it stays what it has become. */
  #defineModel(name: string, definition: ModelInput): void {
    const known = this.models.get(name);
    if (known && JSON.stringify(known.definition) === JSON.stringify(definition)) return;
    known?.close();
    this.models.set(name, new LiveModel(name, definition));
  }

  undefine(thing: Definition['thing'], name: string): void {
    if (thing === 'scenario') {
      this.scenarios.delete(name);
      this.questions.drop(name);
    }
    if (thing === 'model') {
      this.models.get(name)?.close();
      this.models.delete(name);
    }
    if (thing === 'index') {
      this.indexes.get(name)?.dispose();
      this.indexes.delete(name);
    }
  }

  take(events: readonly StoredEvent[]): void {
    for (const { item } of events) this.catalogue.meet(item);
    for (const model of this.models.values()) model.take(events);
  }

  /** Takes somebody or something out, also of what trainings under way bring. */
  forget(gone: Gone): void {
    const { side, id } = gone;
    for (const each of this.forgetting) each.push(gone);
    for (const model of this.models.values()) if (model.knows(side, id)) model.forget(side, id);
    this.pages.forget(side, id);
    if (side === 'item') this.catalogue.delete(id);
    else this.questions.forget(id);
  }

  close(): void {
    for (const model of this.models.values()) model.close();
    for (const index of this.indexes.values()) index.dispose();
  }
}
