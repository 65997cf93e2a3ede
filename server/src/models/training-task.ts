/** What is asked of the thread that trains, and what it tells. */
import type { EvaluateInput, ModelInput } from '../schema/models.js';

export interface Task {
  /** Where the store is. */
  readonly location: string;
  readonly namespace: string;
  readonly name: string;
  readonly definition: ModelInput;
  /** Absent to train; present to evaluate. */
  readonly evaluate?: EvaluateInput | undefined;
}

/** What the thread is given. */
export interface Order {
  readonly task: Task;
  /** Not 0 once nobody wants the outcome: the thread stops reading. */
  readonly unwanted: Int32Array;
}

export type Tidings =
  /** The store is closed again, and the thread may be ended at any moment. */
  | 'read'
  /** A line for the log. */
  | { readonly note: string }
  | { readonly phase: string; readonly done: number; readonly total: number }
  | { readonly file: Uint8Array; readonly asOf: number; readonly digest: string }
  | { readonly report: object }
  | { readonly failure: { readonly code: string; readonly message: string } };
