/** Rows added a few at a time, between which the event loop runs: all of them or none. */
import { readList } from '../../arguments/choices.js';
import type { Corpus } from '../../backend/contract/backend.js';
import { KindredError } from '../../errors.js';
import type { Steps } from '../../turns/steps.js';
import { refuseRow, toElements } from '../dtype.js';
import { areNumbers, readRows, settled, shapeOf, type Vectors } from '../vectors.js';
import type { EncodingDue } from './encoding-due.js';
import type { IndexProgress, RowsKept } from './index-options.js';
import type { Coming, Roster } from './roster.js';

/** Elements read at once, and of arrays of numbers, which take several times as long. */
const ELEMENTS = 2 ** 17;
const NUMBERS = 2 ** 15;
/** Ids taken at once. */
const IDS = 4096;

/** Where rows are added. */
interface Target<Id extends string | number> {
  readonly corpus: Corpus;
  readonly roster: Roster<Id>;
  readonly kept: RowsKept;
  readonly encoding: EncodingDue;
  /** Runs code that reads what is the caller's. */
  asking<Result>(ask: () => Result): Result;
  /** To be called before the index changes. @throws if it is another by now */
  beforeChange(): void;
}

/** @throws KindredError as adding them at once does, and what `beforeChange` throws. */
export function* adding<Id extends string | number>(
  { corpus, roster, kept, encoding, asking, beforeChange }: Target<Id>,
  given: Vectors,
  ids: Iterable<Id> | undefined,
): Steps<void, IndexProgress> {
  const { dim, dtype } = kept;
  const vectors = settled(given);
  const { rows: total } = shapeOf(vectors, dim);
  const named = ids === undefined ? undefined : readList(ids, 'ids');
  if (named !== undefined && named.length !== total) {
    throw new KindredError('DIMENSION_MISMATCH', `${total} vectors came with ${named.length} ids`);
  }
  const block = Math.max(1, Math.floor((areNumbers(vectors) ? NUMBERS : ELEMENTS) / dim));
  beforeChange();
  const coming = roster.expect();
  try {
    if (named) yield* takeIds(roster, coming, named);
    const number = named ? 0 : roster.takeNumbers(coming, total);
    for (let first = 0; first < total; first += block) {
      const last = Math.min(total, first + block);
      const rows = asking(() => readRows(vectors, dim, first, last));
      const elements = toElements(rows, dtype, dim, first);
      beforeChange();
      const bad = corpus.append(elements);
      if (bad >= 0) refuseRow(bad, rows, elements, dtype, dim, first);
      roster.addComing(coming, named ? named.slice(first, last) : number + first, last - first);
      yield { done: last, total, phase: 'add' };
    }
    if (kept.encodes) {
      for (const step of encoding.inTurns(corpus, total)) {
        yield step;
        beforeChange();
      }
    }
    beforeChange();
    roster.show(coming);
  } finally {
    roster.giveUp(coming);
  }
}

/** Takes ids for the rows that come. */
function* takeIds<Id extends string | number>(
  roster: Roster<Id>,
  coming: Coming<Id>,
  ids: readonly Id[],
): Steps<void, IndexProgress> {
  for (let first = 0; first < ids.length; first += IDS) {
    roster.take(coming, ids.slice(first, first + IDS));
    yield { done: 0, total: ids.length, phase: 'add' };
  }
}
