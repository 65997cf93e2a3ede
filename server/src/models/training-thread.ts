/** Trains or evaluates on a thread of its own, from what the store holds, so that answers go on meanwhile. */
import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { type AnyModel, compare, evaluateAsync, Interactions, Popularity, temporal } from 'kindred/recommend';
import type { StoredEvent } from '../schema/behaviour.js';
import { readStore } from '../store/open.js';
import { fit, recordsOf } from './fit.js';
import type { Order, Task, Tidings } from './training-task.js';

const PAGE = 10_000;
/** Milliseconds between two words on how far it is. */
const TELL_EVERY = 200;

const { task, unwanted } = workerData as Order;
let told = 0;

try {
  const { interactions, asOf } = await readInteractions(task).finally(() => tell('read'));
  const { evaluate } = task;
  if (evaluate === undefined) {
    const model = await fit(task.definition, interactions, { onProgress });
    const file = model.toBytes();
    tell({ note: `a model file of ${file.length} bytes` });
    tell({ file, asOf, digest: createHash('sha256').update(file).digest('hex') }, [file.buffer]);
  } else {
    tell({ report: await judge(task, interactions, evaluate) });
  }
} catch (error) {
  const { code = 'INTERNAL', message } = error as Error & { code?: string };
  tell({ failure: { code, message } });
}

function readInteractions({ location, namespace, definition }: Task) {
  return readStore(location, async (reads) => {
    const asOf = await reads.latest();
    const total = (await reads.countEvents(namespace)).reduce((sum, { events }) => sum + events, 0);
    const events: StoredEvent[] = [];
    while (Atomics.load(unwanted, 0) === 0) {
      const page = await reads.events(namespace, { after: events.at(-1)?.seq, limit: PAGE });
      const older = page.filter(({ seq }) => seq <= asOf);
      for (const event of older) events.push(event);
      onProgress({ phase: 'reading events', done: events.length, total });
      if (older.length < PAGE) break;
    }
    const records = recordsOf(definition, events);
    const interactions = Interactions.from(records, { duplicates: definition.duplicates });
    const { users, items, size } = interactions;
    tell({
      note: `${events.length} events read: ${users.length} users, ${items.length} items, ${size} interactions`,
    });
    return { interactions, asOf };
  });
}

/** What the model finds of the latest events if it learned from those before, beside what is popular. */
async function judge(
  { definition, name }: Task,
  interactions: Interactions,
  { k, ratio }: NonNullable<Task['evaluate']>,
) {
  const { train, test, at } = temporal({ ratio })(interactions);
  const model: AnyModel = await fit(definition, train, { onProgress });
  const report = await evaluateAsync(model, test, {
    k,
    name,
    onProgress: ({ done, total }) => onProgress({ phase: 'evaluating', done, total }),
  });
  const popular = await evaluateAsync(Popularity.fit(train), test, { k, name: 'popularity' });
  return { at, report: report.toJSON(), comparison: compare(popular, report).toJSON() };
}

function onProgress({ phase, done, total }: { phase: string; done: number; total: number }): void {
  const now = performance.now();
  if (now - told < TELL_EVERY && done < total) return;
  told = now;
  tell({ phase, done, total });
}

function tell(tidings: Tidings, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(tidings, transfer);
}
